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

    private RotatedKernel(Rotation rotation, LinearKernel matrix, LinearKernel inner, List<LinearKernel> all,
            KernelTools tools) {
        super(inner.outFeatures(), inner.inFeatures(), partsOf(all));
        this.rotation = rotation;
        this.matrix = matrix;
        this.inner = inner;
        this.tools = tools;
    }

    static RotatedKernel of(Rotation rotation, LinearKernel inner, KernelTools tools) {
        if (rotation instanceof Rotation.Matrix stored) {
            LinearKernel matrix = new DenseKernel(new Dense(stored.matrix()), tools);
            return new RotatedKernel(rotation, matrix, inner, List.of(matrix, inner), tools);
        }
        return new RotatedKernel(rotation, null, inner, List.of(inner), tools);
    }

    @Override
    void apply(Batch input, Batch output) {
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
                case Rotation.Matrix stored -> matrix.apply(input, rotated);
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
