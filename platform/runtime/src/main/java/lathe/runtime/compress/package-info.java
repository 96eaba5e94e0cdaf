/**
 * The calibration walk: blocks in order, statistics of inputs, methods site by site, results stored in their smallest exact
 * form. Memory is bounded by one block's statistics and the hidden states of the calibration text.
 */
package lathe.runtime.compress;
