/**
 * Methods that change weights: pruners, quantizers, block editors. Implemented by plugins; the platform walks the model,
 * collects statistics, stores results and counts their bytes.
 */
package lathe.spi.weight;
