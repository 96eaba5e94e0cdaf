/**
 * What the work of a plan is expected to take in memory, on disk and in time, from shapes alone, before anything runs.
 */
package lathe.runtime.price;
