package lathe.engine.attention;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

import lathe.engine.kernels.Lanes;
import lathe.engine.kernels.Memory;

/**
 * The lanes of eight vectors added up at once, in the order of {@link Lanes#sum}: halves of two vectors meet in one, then
 * halves of halves, which takes half of the instructions of eight sums.
 */
final class SumOfLanes {
    private static final int N = Lanes.N;
    private static final int BYTES = Lanes.BYTES;
    private static final VectorMask<Float> FOURS = lanesWith(4);
    private static final VectorMask<Float> TWOS = lanesWith(2);
    private static final VectorMask<Float> ONES = lanesWith(1);
    private static final VectorShuffle<Float> BY_EIGHT = rotation(8);
    private static final VectorShuffle<Float> BY_FOUR = exchange(4);
    private static final VectorShuffle<Float> BY_TWO = exchange(2);
    private static final VectorShuffle<Float> BY_ONE = exchange(1);

    private SumOfLanes() {}

    private static VectorMask<Float> lanesWith(int bit) {
        long lanes = 0;
        for (int lane = 0; lane < N; lane++) {
            lanes |= (lane & bit) == 0 ? 0 : 1L << lane;
        }
        return VectorMask.fromLong(Lanes.F, lanes);
    }

    private static VectorShuffle<Float> rotation(int distance) {
        return VectorShuffle.fromOp(Lanes.F, lane -> (lane + distance) % N);
    }

    private static VectorShuffle<Float> exchange(int bit) {
        return VectorShuffle.fromOp(Lanes.F, lane -> (lane ^ bit) % N);
    }

    /**
     * Sums of eight vectors of eight or sixteen lanes.
     *
     * @param vectors one after the other; the first eight numbers are replaced by their sums, in order
     */
    static void ofEight(long vectors) {
        long v = Memory.known(vectors);
        for (long at = v; N > 8 && at < v + 8L * BYTES; at += BYTES) {
            FloatVector all = Lanes.floats(at);
            Lanes.store(all.add(all.rearrange(BY_EIGHT)), at);
        }
        for (long at = v; at < v + 4L * BYTES; at += BYTES) {
            FloatVector a = Lanes.floats(at);
            FloatVector b = Lanes.floats(at + 4L * BYTES);
            Lanes.store(a.blend(b, FOURS).add(b.blend(a, FOURS).rearrange(BY_FOUR)), at);
        }
        for (long at = v; at < v + 2L * BYTES; at += BYTES) {
            FloatVector a = Lanes.floats(at);
            FloatVector b = Lanes.floats(at + 2L * BYTES);
            Lanes.store(a.blend(b, TWOS).add(b.blend(a, TWOS).rearrange(BY_TWO)), at);
        }
        FloatVector a = Lanes.floats(v);
        FloatVector b = Lanes.floats(v + BYTES);
        Lanes.store(a.blend(b, ONES).add(b.blend(a, ONES).rearrange(BY_ONE)), v);
    }
}
