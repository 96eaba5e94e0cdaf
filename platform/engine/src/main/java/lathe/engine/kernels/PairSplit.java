package lathe.engine.kernels;

import static lathe.engine.kernels.Lanes.BYTES;
import static lathe.engine.kernels.Lanes.F;
import static lathe.engine.kernels.Lanes.N;
import static lathe.engine.kernels.Memory.ALL;

import java.nio.ByteOrder;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/** Takes the first and the second numbers of pairs apart, N pairs at a time. */
final class PairSplit {
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final int HALF = N / 2;
    /** The first of N / 2 pairs, then the second ones. */
    private static final VectorShuffle<Float> FIRST = VectorShuffle.fromOp(F, lane -> 2 * lane % N + lane / HALF);
    /** The other way round. */
    private static final VectorShuffle<Float> SECOND = VectorShuffle.fromOp(F, lane -> 2 * lane % N + 1 - lane / HALF);
    private static final VectorShuffle<Float> SWAPPED = VectorShuffle.fromOp(F, lane -> (lane + HALF) % N);
    private static final VectorMask<Float> UPPER = SWAPPED.toVector().compare(jdk.incubator.vector.VectorOperators.LT,
            HALF);

    private PairSplit() {}

    /**
     * Writes N first numbers, the N second ones that belong to them, and so on.
     *
     * @param input address of the pairs
     * @param count numbers
     * @param to    receives them
     * @param at    its first index
     * @return numbers of whole 2 N
     */
    static int split(long input, int count, float[] to, int at) {
        long known = Memory.known(input);
        int i = 0;
        for (; i <= count - 2 * N; i += 2 * N) {
            long address = known + 4L * (i & Integer.MAX_VALUE);
            FloatVector low = FloatVector.fromMemorySegment(F, ALL, address, ORDER).rearrange(FIRST);
            FloatVector high = FloatVector.fromMemorySegment(F, ALL, address + BYTES, ORDER).rearrange(SECOND);
            low.blend(high, UPPER).intoArray(to, at + i);
            high.blend(low, UPPER).rearrange(SWAPPED).intoArray(to, at + i + N);
        }
        return i;
    }
}
