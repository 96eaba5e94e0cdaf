package lathe.engine.kernels;

import lathe.spi.numeric.Parallel;

/**
 * What all kernels of one {@link CpuCompute} share.
 *
 * @param parallel the worker pool
 * @param math     inner loops
 * @param product  dense matrix products of one thread
 */
record KernelTools(Parallel parallel, RowMath math, MatrixProduct product) {}
