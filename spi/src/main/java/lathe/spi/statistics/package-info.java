/**
 * What weight methods ask to know about the activations: typed keys, streaming accumulators. The platform collects, the
 * method reads.
 */
package lathe.spi.statistics;
