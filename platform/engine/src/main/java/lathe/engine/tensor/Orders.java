package lathe.engine.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

import lathe.spi.tensor.DataType;

/**
 * Orders of elements and picks by index. A float and its index become one number whose order is the wanted one, ties
 * included, so that any sort of numbers is a stable sort of rows.
 */
final class Orders {
    private Orders() {}

    /** Bits that order as the numbers do: NaN lowest, -0.0 equal to 0.0. */
    private static int ascending(float value) {
        if (value != value) {
            return Integer.MIN_VALUE;
        }
        int bits = Float.floatToRawIntBits(value + 0f);
        return bits < 0 ? ~bits ^ Integer.MIN_VALUE : bits;
    }

    private static long[] keys(MemorySegment row, long at, int length, boolean descending, long[] keys) {
        for (int i = 0; i < length; i++) {
            int order = ascending(row.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at + 4L * i));
            keys[i] = (long) (descending ? ~order : order) << 32 | i;
        }
        return keys;
    }

    static DenseTensor topK(DenseTensor tensor, int k) {
        if (tensor.rank() == 0 || k < 0 || k > tensor.size(-1)) {
            throw new IllegalArgumentException(
                    "topK: " + k + " elements of the last dimension of " + tensor.shape() + ".");
        }
        int[] sizes = tensor.sizes().clone();
        sizes[sizes.length - 1] = k;
        DenseTensor result = tensor.result(DataType.I32, sizes);
        return k == 1 ? largest(tensor, result) : ordered(tensor, result, k, true);
    }

    /** The best token of every row of logits: a glance at each number, where a selection would move them about. */
    private static DenseTensor largest(DenseTensor tensor, DenseTensor result) {
        int length = tensor.size(-1);
        try (FloatVectorCopy values = FloatVectorCopy.of(tensor)) {
            Loops.forRows(tensor.engine().parallel(), tensor.elements() / length, length, (from, to) -> {
                for (int row = from; row < to; row++) {
                    int index = largest(values.memory(), 4L * row * length, length);
                    result.segment().set(ValueLayout.JAVA_INT, 4L * row, index);
                }
            });
        }
        return result;
    }

    /** The first of the largest; NaN is below all others. */
    private static int largest(MemorySegment row, long at, int length) {
        float best = Float.NaN;
        int index = 0;
        for (int i = 0; i < length; i++) {
            float value = row.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at + 4L * i);
            if (value > best || best != best && value == value) {
                best = value;
                index = i;
            }
        }
        return index;
    }

    static DenseTensor argsort(DenseTensor tensor) {
        if (tensor.rank() == 0) {
            throw new IllegalArgumentException("argsort: a scalar has no last dimension.");
        }
        return ordered(tensor, tensor.result(DataType.I32, tensor.sizes()), tensor.size(-1), false);
    }

    private static DenseTensor ordered(DenseTensor tensor, DenseTensor result, int k, boolean descending) {
        if (result.elements() == 0) {
            return result;
        }
        int length = tensor.size(-1);
        try (FloatVectorCopy values = FloatVectorCopy.of(tensor)) {
            Loops.forRows(tensor.engine().parallel(), tensor.elements() / length, length, (from, to) -> {
                long[] keys = new long[length];
                for (int row = from; row < to; row++) {
                    keys(values.memory(), 4L * row * length, length, descending, keys);
                    Smallest.sortFirst(keys, k);
                    for (int i = 0; i < k; i++) {
                        result.segment().set(ValueLayout.JAVA_INT, 4 * ((long) row * k + i), (int) keys[i]);
                    }
                }
            });
        }
        return result;
    }

    static DenseTensor select(DenseTensor tensor, int[] indices) {
        if (tensor.rank() == 0) {
            throw new IllegalArgumentException("select: a scalar has no dimension to pick from.");
        }
        int[] sizes = tensor.sizes().clone();
        sizes[0] = indices.length;
        check("select", indices, tensor.size(0), tensor);
        DenseTensor result = tensor.result(tensor.type(), sizes);
        if (result.elements() > 0) {
            long length = result.elements() / indices.length;
            Loops.forRows(tensor.engine().parallel(), indices.length, length, (from, to) -> {
                for (int i = from; i < to; i++) {
                    result.row(i).assign(tensor.row(indices[i]));
                }
            });
        }
        return result;
    }

    static DenseTensor selectColumns(DenseTensor matrix, int[] indices) {
        if (matrix.rank() != 2) {
            throw new IllegalArgumentException("selectColumns: a tensor of " + matrix.shape() + " is not a matrix.");
        }
        check("selectColumns", indices, matrix.size(1), matrix);
        int rows = matrix.size(0);
        int bytes = matrix.type().bytes();
        long rowStep = matrix.strides()[0] * bytes;
        long columnStep = matrix.strides()[1] * bytes;
        DenseTensor result = matrix.result(matrix.type(), rows, indices.length);
        MemorySegment source = matrix.segment();
        MemorySegment target = result.segment();
        Loops.forRows(matrix.engine().parallel(), rows, indices.length, (from, to) -> {
            for (int i = from; i < to; i++) {
                long at = (long) i * indices.length * bytes;
                for (int index : indices) {
                    move(source, i * rowStep + index * columnStep, target, at, bytes);
                    at += bytes;
                }
            }
        });
        return result;
    }

    private static void move(MemorySegment source, long sourceAt, MemorySegment target, long targetAt, int bytes) {
        switch (bytes) {
            case 1 -> target.set(ValueLayout.JAVA_BYTE, targetAt, source.get(ValueLayout.JAVA_BYTE, sourceAt));
            case 2 -> target.set(ValueLayout.JAVA_SHORT_UNALIGNED, targetAt,
                    source.get(ValueLayout.JAVA_SHORT_UNALIGNED, sourceAt));
            case 4 -> target.set(ValueLayout.JAVA_INT_UNALIGNED, targetAt,
                    source.get(ValueLayout.JAVA_INT_UNALIGNED, sourceAt));
            default -> target.set(ValueLayout.JAVA_LONG_UNALIGNED, targetAt,
                    source.get(ValueLayout.JAVA_LONG_UNALIGNED, sourceAt));
        }
    }

    private static void check(String operation, int[] indices, int size, DenseTensor tensor) {
        for (int index : indices) {
            if (index < 0 || index >= size) {
                throw new IndexOutOfBoundsException(operation + ": index " + index + " lies outside a tensor of "
                        + tensor.shape() + "; all are " + Arrays.toString(Arrays.copyOf(indices, Math.min(8,
                                indices.length)))
                        + (indices.length > 8 ? "..." : ""));
            }
        }
    }
}
