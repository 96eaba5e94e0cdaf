package lathe.engine.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** Sums and extremes, over a dimension or over everything. The order of additions depends on shapes alone. */
final class Reductions {
    private Reductions() {}

    private static long product(int[] sizes, int from, int to) {
        long product = 1;
        for (int i = from; i < to; i++) {
            product *= sizes[i];
        }
        return product;
    }

    static DenseTensor sum(String operation, DenseTensor tensor, int dimension, double divisor) {
        int[] sizes = tensor.sizes();
        int index = Layout.dimension(operation, dimension, sizes);
        DenseTensor result = tensor.result(Layout.without(sizes, index));
        long inner = product(sizes, index + 1, sizes.length);
        try (FloatSource source = FloatSource.of(tensor)) {
            if (inner == 1) {
                sumRows(tensor, source, sizes[index], result, divisor);
            } else {
                sumColumns(tensor, source, sizes[index], inner, result, divisor);
            }
        }
        return result;
    }

    private static void sumRows(DenseTensor tensor, FloatSource source, int length, DenseTensor result,
            double divisor) {
        Loops.forRows(tensor.engine().parallel(), result.elements(), length, (from, to) -> {
            for (int row = from; row < to; row++) {
                double sum = sum(tensor.kernels(), source, (long) row * length, length);
                result.segment().set(ValueLayout.JAVA_FLOAT, 4L * row, (float) (sum / divisor));
            }
        });
    }

    private static double sum(ElementKernels kernels, FloatSource source, long from, long count) {
        MemorySegment scratch = Scratch.own().first();
        double sum = 0;
        for (long i = from; i < from + count; i += Scratch.BLOCK) {
            int n = (int) Math.min(Scratch.BLOCK, from + count - i);
            sum += kernels.sum(source.load(i, n, scratch), source.at(i), n);
        }
        return sum;
    }

    /** Blocks of neighbouring columns, each summed down its rows in float64. */
    private static void sumColumns(DenseTensor tensor, FloatSource source, int length, long inner, DenseTensor result,
            double divisor) {
        long blocks = (inner + Scratch.BLOCK - 1) / Scratch.BLOCK;
        long outer = inner == 0 ? 0 : result.elements() / inner;
        tensor.engine().parallel().forEach(Math.toIntExact(outer * blocks), 1, (from, to) -> {
            double[] sums = new double[Scratch.BLOCK];
            for (int task = from; task < to; task++) {
                long start = task % blocks * Scratch.BLOCK;
                int n = (int) Math.min(Scratch.BLOCK, inner - start);
                long first = task / blocks * length * inner + start;
                Arrays.fill(sums, 0);
                MemorySegment scratch = Scratch.own().first();
                for (int i = 0; i < length; i++) {
                    long at = first + i * inner;
                    tensor.kernels().accumulate(source.load(at, n, scratch), source.at(at), sums, n);
                }
                long target = task / blocks * inner + start;
                for (int j = 0; j < n; j++) {
                    result.segment().set(ValueLayout.JAVA_FLOAT, 4 * (target + j), (float) (sums[j] / divisor));
                }
            }
        });
    }

    static DenseTensor extreme(String operation, DenseTensor tensor, int dimension, boolean largest) {
        int[] sizes = tensor.sizes();
        int index = Layout.dimension(operation, dimension, sizes);
        if (sizes[index] == 0) {
            throw new IllegalArgumentException(operation + ": dimension " + dimension + " of " + tensor.shape()
                    + " is empty.");
        }
        int length = sizes[index];
        long inner = product(sizes, index + 1, sizes.length);
        DenseTensor result = tensor.result(Layout.without(sizes, index));
        ElementKernels kernels = tensor.kernels();
        try (FloatSource source = FloatSource.of(tensor)) {
            if (inner == 1) {
                Loops.forRows(tensor.engine().parallel(), result.elements(), length, (from, to) -> {
                    for (int row = from; row < to; row++) {
                        result.segment().set(ValueLayout.JAVA_FLOAT, 4L * row,
                                extreme(kernels, source, (long) row * length, length, largest));
                    }
                });
            } else {
                extremeColumns(tensor, source, length, inner, result, largest);
            }
        }
        return result;
    }

    private static float extreme(ElementKernels kernels, FloatSource source, long from, long count, boolean largest) {
        MemorySegment scratch = Scratch.own().first();
        float extreme = largest ? Float.NEGATIVE_INFINITY : Float.POSITIVE_INFINITY;
        for (long i = from; i < from + count; i += Scratch.BLOCK) {
            int n = (int) Math.min(Scratch.BLOCK, from + count - i);
            MemorySegment block = source.load(i, n, scratch);
            extreme = largest ? Math.max(extreme, kernels.max(block, source.at(i), n))
                    : Math.min(extreme, kernels.min(block, source.at(i), n));
        }
        return extreme;
    }

    private static void extremeColumns(DenseTensor tensor, FloatSource source, int length, long inner,
            DenseTensor result, boolean largest) {
        ElementKernels kernels = tensor.kernels();
        long blocks = (inner + Scratch.BLOCK - 1) / Scratch.BLOCK;
        long outer = inner == 0 ? 0 : result.elements() / inner;
        tensor.engine().parallel().forEach(Math.toIntExact(outer * blocks), 1, (from, to) -> {
            MemorySegment scratch = Scratch.own().first();
            for (int task = from; task < to; task++) {
                long start = task % blocks * Scratch.BLOCK;
                int n = (int) Math.min(Scratch.BLOCK, inner - start);
                long first = task / blocks * length * inner + start;
                long target = 4 * (task / blocks * inner + start);
                MemorySegment.copy(source.load(first, n, scratch), source.at(first), result.segment(), target, 4L * n);
                for (int i = 1; i < length; i++) {
                    long at = first + i * inner;
                    MemorySegment row = source.load(at, n, scratch);
                    if (largest) {
                        kernels.maxInto(row, source.at(at), result.segment(), target, n);
                    } else {
                        kernels.minInto(row, source.at(at), result.segment(), target, n);
                    }
                }
            }
        });
    }

    static double sum(DenseTensor tensor) {
        try (FloatSource source = FloatSource.of(tensor)) {
            double[] sums = new double[Math.toIntExact((tensor.elements() + Loops.CHUNK - 1) / Loops.CHUNK)];
            Loops.forEach(tensor.engine().parallel(), tensor.elements(),
                    (from, to) -> sums[(int) (from / Loops.CHUNK)] = sum(tensor.kernels(), source, from, to - from));
            double sum = 0;
            for (double part : sums) {
                sum += part;
            }
            return sum;
        }
    }

    static double maxAbs(DenseTensor tensor) {
        try (FloatSource source = FloatSource.of(tensor)) {
            float[] maxima = new float[Math.toIntExact((tensor.elements() + Loops.CHUNK - 1) / Loops.CHUNK)];
            Loops.forEach(tensor.engine().parallel(), tensor.elements(), (from, to) -> {
                MemorySegment scratch = Scratch.own().first();
                float max = 0;
                for (long i = from; i < to; i += Scratch.BLOCK) {
                    int n = (int) Math.min(Scratch.BLOCK, to - i);
                    max = Math.max(max, tensor.kernels().maxAbs(source.load(i, n, scratch), source.at(i), n));
                }
                maxima[(int) (from / Loops.CHUNK)] = max;
            });
            float max = 0;
            for (float part : maxima) {
                max = Math.max(max, part);
            }
            return max;
        }
    }
}
