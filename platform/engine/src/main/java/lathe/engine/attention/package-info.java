/**
 * Attention over plans and stored caches: one family of kernels with an online softmax executes every
 * {@link lathe.spi.attention.AttentionPlan}, tile by tile, and never holds a matrix of all queries by all keys.
 */
package lathe.engine.attention;
