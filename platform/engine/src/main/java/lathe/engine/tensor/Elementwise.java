package lathe.engine.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/** Operations on elements alone. */
final class Elementwise {
    private Elementwise() {}

    /** A loop over a block. */
    @FunctionalInterface
    private interface Block {
        void run(MemorySegment source, long sourceAt, MemorySegment target, long targetAt, int n);
    }

    private static DenseTensor apply(DenseTensor tensor, Block block) {
        DenseTensor result = tensor.result(tensor.sizes());
        try (FloatSource source = FloatSource.of(tensor)) {
            Loops.forEach(tensor.engine().parallel(), tensor.elements(), (from, to) -> {
                MemorySegment scratch = Scratch.own().first();
                for (long i = from; i < to; i += Scratch.BLOCK) {
                    int n = (int) Math.min(Scratch.BLOCK, to - i);
                    block.run(source.load(i, n, scratch), source.at(i), result.segment(), 4 * i, n);
                }
            });
        }
        return result;
    }

    static DenseTensor unary(Unary op, DenseTensor tensor) {
        ElementKernels kernels = tensor.kernels();
        return apply(tensor, (s, sAt, t, tAt, n) -> kernels.unary(op, s, sAt, t, tAt, n));
    }

    static DenseTensor binary(Binary op, DenseTensor tensor, float right) {
        ElementKernels kernels = tensor.kernels();
        return apply(tensor, (s, sAt, t, tAt, n) -> kernels.binary(op, s, sAt, right, t, tAt, n));
    }

    static DenseTensor clamp(DenseTensor tensor, double low, double high) {
        if (!(low <= high)) {
            throw new IllegalArgumentException("clamp: [" + low + ", " + high + "] is not an interval.");
        }
        ElementKernels kernels = tensor.kernels();
        return apply(tensor, (s, sAt, t, tAt, n) -> kernels.clamp(s, sAt, (float) low, (float) high, t, tAt, n));
    }

    static DenseTensor map(DenseTensor tensor, DoubleUnaryOperator function) {
        DenseTensor result = tensor.result(tensor.sizes());
        if (tensor.elements() == 0) {
            return result;
        }
        int length = tensor.rank() == 0 ? 1 : tensor.size(-1);
        long step = tensor.rank() == 0 ? 0 : tensor.strides()[tensor.rank() - 1] * tensor.type().bytes();
        MemorySegment memory = result.segment();
        long target = 0;
        for (long row = 0; row < tensor.elements() / length; row++) {
            long at = FloatSource.rowStart(tensor, row) * tensor.type().bytes();
            for (int i = 0; i < length; i++, at += step, target += 4) {
                double value = function.applyAsDouble(Elements.read(tensor.segment(), tensor.type(), at));
                memory.set(ValueLayout.JAVA_FLOAT, target, (float) value);
            }
        }
        return result;
    }

    static DenseTensor binary(String operation, Binary op, DenseTensor left, DenseTensor right) {
        if (Arrays.equals(left.sizes(), right.sizes())) {
            return sameShape(op, left, right);
        }
        if (right.rank() == 1 && left.rank() >= 1 && left.size(-1) == right.size(0)) {
            return everyRow(op, left, right);
        }
        throw Layout.mismatch(operation, left.shape(), right.shape());
    }

    private static DenseTensor sameShape(Binary op, DenseTensor left, DenseTensor right) {
        ElementKernels kernels = left.kernels();
        DenseTensor result = left.result(left.sizes());
        try (FloatSource first = FloatSource.of(left); FloatSource second = FloatSource.of(right)) {
            Loops.forEach(left.engine().parallel(), left.elements(), (from, to) -> {
                Scratch scratch = Scratch.own();
                for (long i = from; i < to; i += Scratch.BLOCK) {
                    int n = (int) Math.min(Scratch.BLOCK, to - i);
                    MemorySegment a = first.load(i, n, scratch.first());
                    MemorySegment b = second.load(i, n, scratch.second());
                    kernels.binary(op, a, first.at(i), b, second.at(i), result.segment(), 4 * i, n);
                }
            });
        }
        return result;
    }

    /** The vector is read once as float32, then applied to blocks of each row. */
    private static DenseTensor everyRow(Binary op, DenseTensor left, DenseTensor right) {
        ElementKernels kernels = left.kernels();
        DenseTensor result = left.result(left.sizes());
        int length = right.size(0);
        if (left.elements() == 0) {
            return result;
        }
        try (FloatSource first = FloatSource.of(left); FloatVectorCopy vector = FloatVectorCopy.of(right)) {
            Loops.forRows(left.engine().parallel(), left.elements() / length, length, (from, to) -> {
                MemorySegment scratch = Scratch.own().first();
                for (int row = from; row < to; row++) {
                    for (int j = 0; j < length; j += Scratch.BLOCK) {
                        int n = Math.min(Scratch.BLOCK, length - j);
                        long i = (long) row * length + j;
                        kernels.binary(op, first.load(i, n, scratch), first.at(i), vector.memory(), 4L * j,
                                result.segment(), 4 * i, n);
                    }
                }
            });
        }
        return result;
    }

    static DenseTensor scaleColumns(DenseTensor matrix, DenseTensor factors) {
        if (matrix.rank() != 2 || factors.rank() != 1 || factors.size(0) != matrix.size(1)) {
            throw Layout.mismatch("scaleColumns", matrix.shape(), factors.shape());
        }
        return everyRow(Binary.MULTIPLY, matrix, factors);
    }

    static DenseTensor scaleRows(DenseTensor matrix, DenseTensor factors) {
        if (matrix.rank() != 2 || factors.rank() != 1 || factors.size(0) != matrix.size(0)) {
            throw Layout.mismatch("scaleRows", matrix.shape(), factors.shape());
        }
        ElementKernels kernels = matrix.kernels();
        DenseTensor result = matrix.result(matrix.sizes());
        int length = matrix.size(1);
        try (FloatSource source = FloatSource.of(matrix); FloatVectorCopy vector = FloatVectorCopy.of(factors)) {
            Loops.forRows(matrix.engine().parallel(), matrix.size(0), length, (from, to) -> {
                MemorySegment scratch = Scratch.own().first();
                for (int row = from; row < to; row++) {
                    float factor = vector.memory().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * row);
                    for (int j = 0; j < length; j += Scratch.BLOCK) {
                        int n = Math.min(Scratch.BLOCK, length - j);
                        long i = (long) row * length + j;
                        kernels.binary(Binary.MULTIPLY, source.load(i, n, scratch), source.at(i), factor,
                                result.segment(), 4 * i, n);
                    }
                }
            });
        }
        return result;
    }
}
