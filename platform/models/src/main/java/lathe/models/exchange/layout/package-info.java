/**
 * Quantised weights in the layouts of other engines, one weight at a time: compressed-tensors, GPTQ, AWQ to and from
 * Lathe's own forms.
 */
package lathe.models.exchange.layout;
