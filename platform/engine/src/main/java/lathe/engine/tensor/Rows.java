package lathe.engine.tensor;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import java.lang.foreign.MemorySegment;

import lathe.spi.tensor.DataType;

/** Operations on whole rows of the last dimension. */
final class Rows {
    private Rows() {}

    private static int length(String operation, DenseTensor tensor) {
        if (tensor.rank() == 0) {
            throw new IllegalArgumentException(operation + ": a scalar has no last dimension.");
        }
        return tensor.size(-1);
    }

    private static long rows(DenseTensor tensor) {
        int length = tensor.size(-1);
        return length == 0 ? 0 : tensor.elements() / length;
    }

    private static DenseTensor withoutLast(DenseTensor tensor) {
        return tensor.result(Layout.without(tensor.sizes(), tensor.rank() - 1));
    }

    static DenseTensor softmax(DenseTensor tensor) {
        int length = length("softmax", tensor);
        ElementKernels kernels = tensor.kernels();
        DenseTensor result = (DenseTensor) tensor.to(DataType.F32);
        MemorySegment memory = result.segment();
        Loops.forRows(tensor.engine().parallel(), rows(tensor), length, (from, to) -> {
            for (int row = from; row < to; row++) {
                long at = 4L * row * length;
                float max = kernels.max(memory, at, length);
                double sum = kernels.expShifted(memory, at, max, memory, at, length);
                if (max != Float.NEGATIVE_INFINITY) {
                    kernels.binary(Binary.MULTIPLY, memory, at, (float) (1 / sum), memory, at, length);
                }
            }
        });
        return result;
    }

    static DenseTensor logSumExp(DenseTensor tensor) {
        int length = length("logSumExp", tensor);
        ElementKernels kernels = tensor.kernels();
        DenseTensor result = withoutLast(tensor);
        if (length == 0) {
            result.fill(Double.NEGATIVE_INFINITY);
            return result;
        }
        try (FloatSource source = FloatSource.of(tensor)) {
            Loops.forRows(tensor.engine().parallel(), rows(tensor), length, (from, to) -> {
                Scratch scratch = Scratch.own();
                for (int row = from; row < to; row++) {
                    float value = logSumExp(kernels, source, (long) row * length, length, scratch);
                    result.segment().set(JAVA_FLOAT, 4L * row, value);
                }
            });
        }
        return result;
    }

    private static float logSumExp(ElementKernels kernels, FloatSource source, long from, int length, Scratch scratch) {
        float max = Float.NEGATIVE_INFINITY;
        for (int j = 0; j < length; j += Scratch.BLOCK) {
            int n = Math.min(Scratch.BLOCK, length - j);
            max = Math.max(max, kernels.max(source.load(from + j, n, scratch.first()), source.at(from + j), n));
        }
        if (Float.isInfinite(max)) {
            return max;
        }
        double sum = 0;
        for (int j = 0; j < length; j += Scratch.BLOCK) {
            int n = Math.min(Scratch.BLOCK, length - j);
            MemorySegment block = source.load(from + j, n, scratch.first());
            sum += kernels.expShifted(block, source.at(from + j), max, scratch.result(), 0, n);
        }
        return (float) (max + Math.log(sum));
    }

    static DenseTensor norm(DenseTensor tensor) {
        int length = length("norm", tensor);
        ElementKernels kernels = tensor.kernels();
        DenseTensor result = withoutLast(tensor);
        if (length == 0) {
            result.fill(0);
            return result;
        }
        try (FloatSource source = FloatSource.of(tensor)) {
            Loops.forRows(tensor.engine().parallel(), rows(tensor), length, (from, to) -> {
                MemorySegment scratch = Scratch.own().first();
                for (int row = from; row < to; row++) {
                    double sum = 0;
                    for (int j = 0; j < length; j += Scratch.BLOCK) {
                        int n = Math.min(Scratch.BLOCK, length - j);
                        long i = (long) row * length + j;
                        sum += kernels.sumOfSquares(source.load(i, n, scratch), source.at(i), n);
                    }
                    result.segment().set(JAVA_FLOAT, 4L * row, (float) Math.sqrt(sum));
                }
            });
        }
        return result;
    }

    static DenseTensor cumulativeSum(DenseTensor tensor) {
        int length = length("cumulativeSum", tensor);
        DenseTensor result = (DenseTensor) tensor.to(DataType.F32);
        MemorySegment memory = result.segment();
        Loops.forRows(tensor.engine().parallel(), rows(tensor), length, (from, to) -> {
            for (int row = from; row < to; row++) {
                long at = 4L * row * length;
                double sum = 0;
                for (int j = 0; j < length; j++) {
                    sum += memory.get(JAVA_FLOAT_UNALIGNED, at + 4L * j);
                    memory.set(JAVA_FLOAT_UNALIGNED, at + 4L * j, (float) sum);
                }
            }
        });
        return result;
    }

    static DenseTensor hadamard(DenseTensor tensor) {
        int length = length("hadamard", tensor);
        if (Integer.bitCount(length) != 1) {
            throw new IllegalArgumentException("hadamard: the last dimension of " + tensor.shape()
                    + " is not a power of two.");
        }
        ElementKernels kernels = tensor.kernels();
        DenseTensor result = (DenseTensor) tensor.to(DataType.F32);
        MemorySegment memory = result.segment();
        float scale = (float) (1 / Math.sqrt(length));
        Loops.forRows(tensor.engine().parallel(), rows(tensor), length, (from, to) -> {
            for (int row = from; row < to; row++) {
                long at = 4L * row * length;
                for (int half = 1; half < length; half *= 2) {
                    kernels.butterflies(memory, at, half, length);
                }
                kernels.binary(Binary.MULTIPLY, memory, at, scale, memory, at, length);
            }
        });
        return result;
    }
}
