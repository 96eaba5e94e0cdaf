package lathe.engine.attention;

import static java.util.Objects.requireNonNull;

import java.util.function.IntPredicate;

import lathe.engine.kernels.Lanes;
import lathe.engine.kernels.Memory;
import lathe.engine.kernels.OneByOne;

/** One number at a time, to the bits of the loops in lanes, while a process is young. */
final class YoungAttentionLoops implements AttentionLoops {
    private static final int N = Lanes.N;
    private static final int STRIDE = QueryRows.STRIDE;

    private final IntPredicate young;

    /**
     * @param young asked before every loop, as {@link lathe.engine.kernels.RowMath#isYoung} is
     */
    YoungAttentionLoops(IntPredicate young) {
        this.young = requireNonNull(young, "young is null");
    }

    private static AttentionLoops lanes() {
        return VectorAttentionLoops.INSTANCE;
    }

    @Override
    public void scores(float[] queries, int rows, int width, Tile keys, int count, long scores) {
        if (!young.test(rows * count * width)) {
            lanes().scores(queries, rows, width, keys, count, scores);
            return;
        }
        for (int key = 0; key < count; key++) {
            float[] numbers = OneByOne.read(keys.row(key), width);
            for (int row = 0; row < rows; row++) {
                float score = score(queries, row * width, numbers, inGroup(row, rows, key, count));
                Memory.setFloat(scores + 4L * (STRIDE * row + key), score);
            }
        }
    }

    /** Whether a score is one of eight that are computed together in lanes, as most are. */
    private static boolean inGroup(int row, int rows, int key, int count) {
        int rest = rows % 4;
        int together = row < rows - rest ? 4 : row < rows - rest % 2 ? 2 : 1;
        return N >= 8 && key < count - count % (8 / together);
    }

    /** Those computed alone have two vectors of sums in turn. */
    private static float score(float[] queries, int at, float[] key, boolean inGroup) {
        float[] sums = new float[N];
        float[] others = inGroup ? sums : new float[N];
        int whole = inGroup ? key.length & -N : key.length & -2 * N;
        for (int i = 0; i < whole; i++) {
            float[] into = (i & N) == 0 ? sums : others;
            into[i & N - 1] = Math.fma(queries[at + i], key[i], into[i & N - 1]);
        }
        for (int lane = 0; !inGroup && lane < N; lane++) {
            sums[lane] += others[lane];
        }
        float rest = 0;
        for (int i = whole; i < key.length; i++) {
            rest = Math.fma(queries[at + i], key[i], rest);
        }
        float sum = OneByOne.sumOfLanes(sums);
        return inGroup && whole == key.length ? sum : sum + rest;
    }

    @Override
    public void addWeighted(long weights, int rows, Tile values, int from, int to, long sums, int width) {
        if (!young.test(rows * (to - from) * width)) {
            lanes().addWeighted(weights, rows, values, from, to, sums, width);
            return;
        }
        float[] all = OneByOne.read(sums, rows * width);
        for (int key = from; key < to; key++) {
            float[] numbers = OneByOne.read(values.row(key), width);
            for (int row = 0; row < rows; row++) {
                float weight = Memory.getFloat(weights + 4L * (STRIDE * row + key));
                for (int i = 0; i < width; i++) {
                    all[row * width + i] = Math.fma(weight, numbers[i], all[row * width + i]);
                }
            }
        }
        Memory.copy(all, all.length, sums);
    }

    @Override
    public float largest(long scores, int from, int to) {
        if (!young.test(to - from)) {
            return lanes().largest(scores, from, to);
        }
        float largest = Float.NEGATIVE_INFINITY;
        for (float score : OneByOne.read(scores + 4L * from, to - from)) {
            largest = Math.max(largest, score);
        }
        return largest;
    }

    @Override
    public float weigh(long scores, int from, int to, int count, float maximum) {
        if (!young.test(count)) {
            return lanes().weigh(scores, from, to, count, maximum);
        }
        VectorAttentionLoops.fillAround(scores, from, to, count);
        return OneByOne.weigh(scores, from & -N, to + N - 1 & -N, maximum);
    }

    @Override
    public void cap(long scores, int count, float cap) {
        lanes().cap(scores, count, cap);
    }
}
