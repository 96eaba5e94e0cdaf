package lathe.engine.kernels;

import static java.util.Objects.requireNonNull;

import lathe.spi.backend.PreparedOperator;
import lathe.spi.operator.LinearOperator;

/** A weight with its kernel, which reads the stored form in place. */
final class CpuOperator implements PreparedOperator {
    private final LinearOperator operator;
    private final LinearKernel kernel;

    CpuOperator(LinearOperator operator, LinearKernel kernel) {
        this.operator = requireNonNull(operator, "operator is null");
        this.kernel = requireNonNull(kernel, "kernel is null");
    }

    LinearKernel kernel() {
        return kernel;
    }

    @Override
    public LinearOperator operator() {
        return operator;
    }

    @Override
    public long extraBytes() {
        return 0;
    }

    @Override
    public void close() {
        // The kernel holds no memory of its own.
    }
}
