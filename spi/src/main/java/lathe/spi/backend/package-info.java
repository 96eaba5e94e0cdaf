/**
 * What executes a model: kernels for stored weights, attention plans and caches. Implemented by the engine (CPU) and by
 * optional bundles (CUDA).
 */
package lathe.spi.backend;
