package lathe.spi.operator;

import lathe.spi.tensor.Tensor;

/**
 * A stored form that a third-party bundle brings. It applies itself, runs on the CPU, and the plan says so. Files name
 * its form; reading one back needs the bundle.
 */
public non-sealed interface Custom extends LinearOperator {
    /**
     * Computes y = W x for every row of a batch.
     *
     * @param input  [n, in] float32
     * @param output [n, out] float32, overwritten
     */
    void apply(Tensor input, Tensor output);
}
