package lathe.engine.kernels;

import java.lang.foreign.MemorySegment;
import java.util.List;

import lathe.spi.operator.Custom;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** A third-party form that applies itself. */
final class CustomKernel extends LinearKernel {
    private static final int ROWS = 64;

    private final Custom operator;
    private final Scope scope;

    CustomKernel(Custom operator) {
        super(operator.outFeatures(), operator.inFeatures(), List.copyOf(operator.parts().values()));
        this.operator = operator;
        // Only for views of working memory, which live no longer than a call.
        this.scope = operator.parts().isEmpty() ? null : operator.parts().firstEntry().getValue().scope();
    }

    @Override
    void apply(Batch input, Batch output) {
        if (scope == null) {
            throw new IllegalArgumentException("A weight of form " + operator.form() + " has no stored parts.");
        }
        try (Scratch.Frame frame = Scratch.frame(); Scope child = scope.child()) {
            Batch x = contiguous(input, frame);
            Batch y = contiguous(output, frame);
            operator.apply(view(x, child), view(y, child));
            copyRows(y, output);
        }
    }

    private static Batch contiguous(Batch batch, Scratch.Frame frame) {
        if (batch.stride() == batch.columns()) {
            return batch;
        }
        long address = frame.floats((long) batch.rows() * batch.columns());
        Batch copy = new Batch(address, batch.columns(), batch.rows(), batch.columns());
        copyRows(batch, copy);
        return copy;
    }

    private static void copyRows(Batch from, Batch to) {
        if (from.address() == to.address()) {
            return;
        }
        for (int row = 0; row < from.rows(); row++) {
            Memory.copy(from.row(row), to.row(row), 4L * from.columns());
        }
    }

    private static Tensor view(Batch batch, Scope scope) {
        MemorySegment memory = Memory.ALL.asSlice(batch.address(), 4L * batch.rows() * batch.columns());
        return scope.over(memory, DataType.F32, batch.rows(), batch.columns());
    }

    /** Unit vectors give columns; done for some inputs at a time. */
    @Override
    void decode(int from, int to, Batch into) {
        try (Scratch.Frame frame = Scratch.frame()) {
            Batch units = new Batch(frame.floats((long) ROWS * inFeatures()), inFeatures(), ROWS, inFeatures());
            Batch columns = new Batch(frame.floats((long) ROWS * outFeatures()), outFeatures(), ROWS, outFeatures());
            for (int first = 0; first < inFeatures(); first += ROWS) {
                int count = Math.min(ROWS, inFeatures() - first);
                Memory.clear(units.address(), 4L * ROWS * inFeatures());
                for (int i = 0; i < count; i++) {
                    Memory.setFloat(units.row(i) + 4L * (first + i), 1);
                }
                apply(units, columns);
                for (int row = from; row < to; row++) {
                    for (int i = 0; i < count; i++) {
                        float value = Memory.getFloat(columns.row(i) + 4L * row);
                        Memory.setFloat(into.row(row - from) + 4L * (first + i), value);
                    }
                }
            }
        }
    }
}
