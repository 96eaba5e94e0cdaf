package lathe.engine.autograd;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.function.DoubleBinaryOperator;

import lathe.spi.numeric.Parallel;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Loops over the rows of tensors in double precision, on all threads; a row is always computed by one of them.
 *
 * @param parallel the pool
 */
record RowLoops(Parallel parallel) {
    /** Elements of a chunk: enough that handing it out costs nothing. */
    private static final int CHUNK = 4096;

    /** Computes a row. */
    @FunctionalInterface
    interface Row {
        /**
         * Fills a row of the result.
         *
         * @param row    which
         * @param inputs that row of every input; may be overwritten
         * @param result to be filled
         */
        void compute(int row, double[][] inputs, double[] result);
    }

    /**
     * A tensor made row by row from the same rows of others.
     *
     * @param scope  where it lives
     * @param width  its last size
     * @param row    makes a row
     * @param inputs at least one, all with as many rows; those of the result
     * @return the first input's sizes but the last, then the width; a width of 0 drops the last dimension
     */
    Tensor rows(Scope scope, int width, Row row, Tensor... inputs) {
        int[] sizes = inputs[0].shape().toArray();
        int columns = sizes[sizes.length - 1];
        int count = columns == 0 ? 0 : Math.toIntExact(inputs[0].elements() / columns);
        MemorySegment[] sources = new MemorySegment[inputs.length];
        int[] widths = new int[inputs.length];
        for (int i = 0; i < inputs.length; i++) {
            sources[i] = floats(inputs[i], scope);
            widths[i] = count == 0 ? 0 : Math.toIntExact(inputs[i].elements() / count);
        }
        int wide = Math.max(1, width);
        int[] shape = width == 0 ? Arrays.copyOf(sizes, Math.max(1, sizes.length - 1)) : sizes.clone();
        if (width > 0) {
            shape[shape.length - 1] = width;
        } else if (sizes.length == 1) {
            shape[0] = 1;
        }
        Tensor result = scope.zeros(shape);
        MemorySegment target = result.segment();
        parallel.forEach(count, Math.max(1, CHUNK / Math.max(1, columns)), (from, to) -> {
            double[][] rows = new double[sources.length][];
            for (int i = 0; i < rows.length; i++) {
                rows[i] = new double[widths[i]];
            }
            double[] made = new double[wide];
            for (int index = from; index < to; index++) {
                for (int i = 0; i < rows.length; i++) {
                    read(sources[i], (long) index * widths[i], rows[i]);
                }
                row.compute(index, rows, made);
                write(target, (long) index * wide, made);
            }
        });
        return result;
    }

    /** f(a, b) element by element, for tensors of one shape. */
    Tensor combine(Scope scope, Tensor a, Tensor b, DoubleBinaryOperator f) {
        MemorySegment first = floats(a, scope);
        MemorySegment second = floats(b, scope);
        Tensor result = scope.zeros(a.shape().toArray());
        MemorySegment target = result.segment();
        parallel.forEach(Math.toIntExact(a.elements()), CHUNK, (from, to) -> {
            for (int i = from; i < to; i++) {
                target.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) f.applyAsDouble(
                        first.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i),
                        second.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i)));
            }
        });
        return result;
    }

    private static MemorySegment floats(Tensor tensor, Scope scope) {
        Tensor plain = tensor.type() == DataType.F32 ? tensor : tensor.in(scope).to(DataType.F32);
        return (plain.isContiguous() ? plain : plain.in(scope).copy()).segment();
    }

    private static void read(MemorySegment source, long from, double[] row) {
        for (int i = 0; i < row.length; i++) {
            row[i] = source.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, from + i);
        }
    }

    private static void write(MemorySegment target, long from, double[] row) {
        for (int i = 0; i < row.length; i++) {
            target.setAtIndex(ValueLayout.JAVA_FLOAT, from + i, (float) row[i]);
        }
    }
}
