/**
 * The CPU's kernels: products with every stored form of a weight, norms, rotary positions, activations. Callers see
 * {@link lathe.spi.backend.Compute}; lanes stay behind {@link lathe.engine.kernels.RowMath}, which has a scalar twin.
 */
package lathe.engine.kernels;
