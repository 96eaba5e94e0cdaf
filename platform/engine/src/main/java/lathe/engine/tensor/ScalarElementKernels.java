package lathe.engine.tensor;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** The meaning of every loop, one element at a time. */
final class ScalarElementKernels implements ElementKernels {
    /** Partial sums of {@link #sum}: a count that every vector width divides. */
    static final int PARTIAL_SUMS = 16;

    private static float get(MemorySegment memory, long at, int i) {
        return memory.get(JAVA_FLOAT_UNALIGNED, at + 4L * i);
    }

    private static void set(MemorySegment memory, long at, int i, float value) {
        memory.set(JAVA_FLOAT_UNALIGNED, at + 4L * i, value);
    }

    static float apply(Binary op, float left, float right) {
        return switch (op) {
            case ADD -> left + right;
            case SUBTRACT -> left - right;
            case MULTIPLY -> left * right;
            case DIVIDE -> left / right;
        };
    }

    static float apply(Unary op, float value) {
        return switch (op) {
            case ABS -> Math.abs(value);
            case SQRT -> (float) Math.sqrt(value);
            case SQUARE -> value * value;
            case EXP -> FastMath.exp(value);
            case LOG -> (float) Math.log(value);
            case ROUND -> (float) Math.rint(value);
        };
    }

    static float clamp(float value, float low, float high) {
        return value < low ? low : value > high ? high : value;
    }

    static float expShifted(float value, float shift) {
        return value == Float.NEGATIVE_INFINITY ? 0f : FastMath.exp(value - shift);
    }

    @Override
    public void binary(Binary op, MemorySegment left, long leftAt, MemorySegment right, long rightAt,
            MemorySegment target, long targetAt, int n) {
        for (int i = 0; i < n; i++) {
            set(target, targetAt, i, apply(op, get(left, leftAt, i), get(right, rightAt, i)));
        }
    }

    @Override
    public void binary(Binary op, MemorySegment left, long leftAt, float right, MemorySegment target, long targetAt,
            int n) {
        for (int i = 0; i < n; i++) {
            set(target, targetAt, i, apply(op, get(left, leftAt, i), right));
        }
    }

    @Override
    public void unary(Unary op, MemorySegment source, long sourceAt, MemorySegment target, long targetAt, int n) {
        for (int i = 0; i < n; i++) {
            set(target, targetAt, i, apply(op, get(source, sourceAt, i)));
        }
    }

    @Override
    public void clamp(MemorySegment source, long sourceAt, float low, float high, MemorySegment target, long targetAt,
            int n) {
        for (int i = 0; i < n; i++) {
            set(target, targetAt, i, clamp(get(source, sourceAt, i), low, high));
        }
    }

    @Override
    public double expShifted(MemorySegment source, long sourceAt, float shift, MemorySegment target, long targetAt,
            int n) {
        for (int i = 0; i < n; i++) {
            set(target, targetAt, i, expShifted(get(source, sourceAt, i), shift));
        }
        return sum(target, targetAt, n);
    }

    @Override
    public double sum(MemorySegment source, long at, int n) {
        double[] sums = new double[PARTIAL_SUMS];
        for (int i = 0; i < n; i++) {
            sums[i % PARTIAL_SUMS] += get(source, at, i);
        }
        return pairwise(sums);
    }

    @Override
    public double sumOfSquares(MemorySegment source, long at, int n) {
        double[] sums = new double[PARTIAL_SUMS];
        for (int i = 0; i < n; i++) {
            double value = get(source, at, i);
            sums[i % PARTIAL_SUMS] += value * value;
        }
        return pairwise(sums);
    }

    /** Adds neighbours at distance 8, 4, 2, 1. */
    static double pairwise(double[] sums) {
        for (int distance = PARTIAL_SUMS / 2; distance > 0; distance >>= 1) {
            for (int i = 0; i < distance; i++) {
                sums[i] += sums[i + distance];
            }
        }
        return sums[0];
    }

    @Override
    public float max(MemorySegment source, long at, int n) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < n; i++) {
            max = Math.max(max, get(source, at, i));
        }
        return max;
    }

    @Override
    public float min(MemorySegment source, long at, int n) {
        float min = Float.POSITIVE_INFINITY;
        for (int i = 0; i < n; i++) {
            min = Math.min(min, get(source, at, i));
        }
        return min;
    }

    @Override
    public float maxAbs(MemorySegment source, long at, int n) {
        float max = 0;
        for (int i = 0; i < n; i++) {
            max = Math.max(max, Math.abs(get(source, at, i)));
        }
        return max;
    }

    @Override
    public void accumulate(MemorySegment source, long at, double[] sums, int n) {
        for (int i = 0; i < n; i++) {
            sums[i] += get(source, at, i);
        }
    }

    @Override
    public void maxInto(MemorySegment source, long sourceAt, MemorySegment target, long targetAt, int n) {
        for (int i = 0; i < n; i++) {
            set(target, targetAt, i, Math.max(get(target, targetAt, i), get(source, sourceAt, i)));
        }
    }

    @Override
    public void minInto(MemorySegment source, long sourceAt, MemorySegment target, long targetAt, int n) {
        for (int i = 0; i < n; i++) {
            set(target, targetAt, i, Math.min(get(target, targetAt, i), get(source, sourceAt, i)));
        }
    }

    @Override
    public void fromBf16(MemorySegment source, long sourceAt, MemorySegment target, long targetAt, int n) {
        for (int i = 0; i < n; i++) {
            set(target, targetAt, i, Floats.fromBf16(source.get(JAVA_SHORT_UNALIGNED, sourceAt + 2L * i)));
        }
    }

    @Override
    public void toBf16(MemorySegment source, long sourceAt, MemorySegment target, long targetAt, int n) {
        for (int i = 0; i < n; i++) {
            target.set(JAVA_SHORT_UNALIGNED, targetAt + 2L * i, Floats.toBf16(get(source, sourceAt, i)));
        }
    }

    @Override
    public void fromF16(MemorySegment source, long sourceAt, MemorySegment target, long targetAt, int n) {
        for (int i = 0; i < n; i++) {
            set(target, targetAt, i, Float.float16ToFloat(source.get(JAVA_SHORT_UNALIGNED, sourceAt + 2L * i)));
        }
    }

    @Override
    public void butterflies(MemorySegment values, long at, int half, int n) {
        for (int start = 0; start < n; start += 2 * half) {
            for (int i = start; i < start + half; i++) {
                float first = get(values, at, i);
                float second = get(values, at, i + half);
                set(values, at, i, first + second);
                set(values, at, i + half, first - second);
            }
        }
    }

    @Override
    public String description() {
        return "scalar";
    }
}
