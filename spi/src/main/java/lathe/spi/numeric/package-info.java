/**
 * Numerics that methods ask of the platform: decompositions, clustering, parallel loops, random streams. Implemented by
 * the engine.
 */
package lathe.spi.numeric;
