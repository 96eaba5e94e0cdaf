package lathe.engine.kernels;

import static lathe.engine.kernels.Lanes.N;

/**
 * Inner products one number at a time that add in the order of {@link VectorRowMath}'s lanes, so that both give the same
 * bits. Before the optimising compiler has seen them, a loop like these is tens of times faster than one in lanes, every
 * operation of which then makes an object.
 */
final class LaneOrder {
    private static final ScalarRowMath TAIL = new ScalarRowMath();

    private LaneOrder() {}

    /** As {@link RowMath#dot(long, float[], int, int)}. */
    static float dot(long weights, float[] input, int at, int count) {
        float[] row = OneByOne.read(weights, count);
        float[] sums = new float[4 * N];
        int i = 0;
        for (; i <= count - 4 * N; i += 4 * N) {
            for (int lane = 0; lane < 4 * N; lane++) {
                sums[lane] = Math.fma(row[i + lane], input[at + i + lane], sums[lane]);
            }
        }
        for (; i <= count - N; i += N) {
            for (int lane = 0; lane < N; lane++) {
                sums[lane] = Math.fma(row[i + lane], input[at + i + lane], sums[lane]);
            }
        }
        float sum = sum(sums);
        return i == count ? sum : sum + TAIL.dot(weights + 4L * i, input, at + i, count - i);
    }

    /** As {@link RowMath#dotBf16}: the even columns of every 2N lie before the odd ones. */
    static float dotBf16(long weights, float[] split, int at, int count) {
        short[] row = OneByOne.shorts(weights, count);
        float[] sums = new float[4 * N];
        int i = 0;
        for (; i <= count - 4 * N; i += 4 * N) {
            addPairs(row, i, split, at + i, sums, 0);
            addPairs(row, i + 2 * N, split, at + i + 2 * N, sums, 2 * N);
        }
        for (; i <= count - 2 * N; i += 2 * N) {
            addPairs(row, i, split, at + i, sums, 0);
        }
        float sum = sum(sums);
        return i == count ? sum : sum + TAIL.dotBf16(weights + 2L * i, split, at + i, count - i);
    }

    private static void addPairs(short[] row, int i, float[] split, int at, float[] sums, int first) {
        for (int lane = 0; lane < N; lane++) {
            float even = Float.intBitsToFloat(row[i + 2 * lane] << 16);
            float odd = Float.intBitsToFloat(row[i + 2 * lane + 1] << 16);
            sums[first + lane] = Math.fma(even, split[at + lane], sums[first + lane]);
            sums[first + N + lane] = Math.fma(odd, split[at + N + lane], sums[first + N + lane]);
        }
    }

    /** Four vectors added as {@code (a + b) + (c + d)}, then their lanes in halves. */
    private static float sum(float[] sums) {
        float[] lanes = new float[N];
        for (int lane = 0; lane < N; lane++) {
            lanes[lane] = sums[lane] + sums[N + lane] + (sums[2 * N + lane] + sums[3 * N + lane]);
        }
        return OneByOne.sumOfLanes(lanes);
    }
}
