package lathe.engine.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Twins of loops in lanes that compute one number at a time, to the same bits, for a process that has just begun; see
 * {@link RowMath#isYoung}. They work on arrays, as the interpreter is slow in memory outside the heap, too.
 */
public final class OneByOne {
    private OneByOne() {}

    /**
     * Numbers outside the heap as an array.
     *
     * @param address of the first float
     * @param count   how many
     * @return a copy
     */
    public static float[] read(long address, int count) {
        float[] numbers = new float[count];
        Memory.copy(address, numbers, count);
        return numbers;
    }

    static void widenBf16(long from, int count, long to) {
        short[] stored = shorts(from, count);
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = Float.intBitsToFloat(stored[i] << 16);
        }
        Memory.copy(numbers, count, to);
    }

    static short[] shorts(long from, int count) {
        short[] stored = new short[count];
        MemorySegment.copy(Memory.ALL, ValueLayout.JAVA_SHORT_UNALIGNED, from, stored, 0, count);
        return stored;
    }

    static void splitPairs(long input, int count, float[] to, int at) {
        float[] numbers = read(input, count);
        int n = Lanes.N;
        int whole = count - count % (2 * n);
        for (int i = 0; i < whole; i += 2 * n) {
            for (int lane = 0; lane < n; lane++) {
                to[at + i + lane] = numbers[i + 2 * lane];
                to[at + i + n + lane] = numbers[i + 2 * lane + 1];
            }
        }
        System.arraycopy(numbers, whole, to, at + whole, count - whole);
    }

    static void addScaled(float factor, long source, long target, int count) {
        float[] summands = read(source, count);
        float[] sums = read(target, count);
        for (int i = 0; i < count; i++) {
            sums[i] = Math.fma(factor, summands[i], sums[i]);
        }
        Memory.copy(sums, count, target);
    }

    static void scale(long target, float factor, int count) {
        float[] numbers = read(target, count);
        for (int i = 0; i < count; i++) {
            numbers[i] *= factor;
        }
        Memory.copy(numbers, count, target);
    }

    static double sumOfSquares(long values, int count) {
        float[] numbers = read(values, count);
        float[] sums = new float[Lanes.N];
        double sum = 0;
        int whole = count & -Lanes.N;
        int i = 0;
        while (i < whole) {
            int end = Math.min(whole, i + 32 * Lanes.N);
            for (int lane = 0; lane < sums.length; lane++) {
                sums[lane] = 0;
            }
            for (; i < end; i++) {
                int lane = i & Lanes.N - 1;
                sums[lane] = Math.fma(numbers[i], numbers[i], sums[lane]);
            }
            sum += sumOfLanes(sums);
        }
        // As the tail of the loop in lanes: summed apart.
        double rest = 0;
        for (; i < count; i++) {
            double value = numbers[i];
            rest += value * value;
        }
        return sum + rest;
    }

    static void affine(long input, float mean, float scale, long gain, float offset, long bias, long output,
            int count) {
        float[] numbers = read(input, count);
        float[] gains = read(gain, count);
        for (int i = 0; i < count; i++) {
            numbers[i] = (numbers[i] - mean) * scale * (gains[i] + offset);
        }
        if (bias != 0) {
            float[] biases = read(bias, count);
            for (int i = 0; i < count; i++) {
                numbers[i] += biases[i];
            }
        }
        Memory.copy(numbers, count, output);
    }

    static void rotateHalves(long head, float[] table, int angles, int half) {
        float[] numbers = read(head, 2 * half);
        for (int i = 0; i < half; i++) {
            float a = numbers[i];
            float b = numbers[half + i];
            float cos = table[angles + i];
            float sin = table[angles + half + i];
            numbers[i] = a * cos - b * sin;
            numbers[half + i] = b * cos + a * sin;
        }
        Memory.copy(numbers, 2 * half, head);
    }

    static void gateSilu(long gate, long up, int count, long output) {
        float[] numbers = read(gate, count);
        float[] factors = read(up, count);
        for (int i = 0; i < count; i++) {
            float x = numbers[i];
            numbers[i] = x / (Exponential.of(-x) + 1) * factors[i];
        }
        Memory.copy(numbers, count, output);
    }

    /**
     * As {@link Exponential#weigh}.
     *
     * @param scores  a row
     * @param from    first of them, a multiple of {@link Lanes#N}
     * @param to      after the last, such a multiple too
     * @param maximum at least as large as all of them
     * @return sum of the weights
     */
    public static float weigh(long scores, int from, int to, float maximum) {
        float[] numbers = read(scores + 4L * from, to - from);
        float[] sums = new float[Lanes.N];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = Exponential.of(numbers[i] - maximum);
            sums[i & Lanes.N - 1] += numbers[i];
        }
        Memory.copy(numbers, numbers.length, scores + 4L * from);
        return sumOfLanes(sums);
    }

    /**
     * As {@link Lanes#sum}.
     *
     * @param lanes of a vector; spoilt
     * @return their sum
     */
    public static float sumOfLanes(float[] lanes) {
        for (int half = lanes.length / 2; half > 0; half /= 2) {
            for (int lane = 0; lane < half; lane++) {
                lanes[lane] += lanes[lane + half];
            }
        }
        return lanes[0];
    }
}
