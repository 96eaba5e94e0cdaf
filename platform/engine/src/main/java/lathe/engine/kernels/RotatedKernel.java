package lathe.engine.kernels;

import java.util.List;

import lathe.spi.operator.Dense;
import lathe.spi.operator.Rotation;

/** A weight behind a rotation of its input. */
final class RotatedKernel extends LinearKernel {
    private static final int ROWS = 4;

    private final Rotation rotation;
    private final LinearKernel matrix;
    private final LinearKernel inner;
    private final KernelTools tools;

    RotatedKernel(Rotation rotation, LinearKernel inner, KernelTools tools) {
        super(inner.outFeatures(), inner.inFeatures(), List.of());
        this.rotation = rotation;
        this.inner = inner;
        this.tools = tools;
        this.matrix = rotation instanceof Rotation.Matrix stored
                ? new DenseKernel(new Dense(stored.matrix()), tools)
                : null;
    }

    @Override
    void apply(Batch input, Batch output) {
        inner.checkAlive();
        try (Scratch.Frame frame = Scratch.frame()) {
            long address = frame.floats((long) input.rows() * inFeatures());
            Batch rotated = new Batch(address, inFeatures(), input.rows(), inFeatures());
            switch (rotation) {
                case Rotation.Hadamard hadamard -> tools.parallel().forEach(input.rows(), ROWS, (from, to) -> {
                    for (int row = from; row < to; row++) {
                        Memory.copy(input.row(row), rotated.row(row), 4L * inFeatures());
                        Hadamard.transform(rotated.row(row), inFeatures(), hadamard.block(), hadamard.stride());
                    }
                });
                case Rotation.Matrix stored -> {
                    matrix.checkAlive();
                    matrix.apply(input, rotated);
                }
            }
            inner.apply(rotated, output);
        }
    }

    /** Row w of inner becomes w R; the Hadamard matrix is symmetric, so that rows are transformed like inputs. */
    @Override
    void decode(int from, int to, Batch into) {
        switch (rotation) {
            case Rotation.Hadamard hadamard -> {
                inner.decode(from, to, into);
                for (int row = 0; row < into.rows(); row++) {
                    Hadamard.transform(into.row(row), inFeatures(), hadamard.block(), hadamard.stride());
                }
            }
            case Rotation.Matrix stored -> new LowRankKernel(inner, matrix, tools).decode(from, to, into);
        }
    }
}
