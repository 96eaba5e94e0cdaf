package lathe.engine.kernels;

import java.nio.ByteOrder;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Constants and loads of the Vector API, apart from the rest so that only what needs lanes fails where the module is
 * missing.
 */
public final class Lanes {
    private static final VectorShape SHAPE = shape();
    /** Floats of this processor's widest vectors. */
    public static final VectorSpecies<Float> F = VectorSpecies.of(float.class, SHAPE);
    /** Integers of the same vectors. */
    public static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, SHAPE);
    /** Lanes of a vector. */
    public static final int N = F.length();
    /** Bytes of a vector. */
    public static final int BYTES = 4 * N;
    /** As many shorts as there are lanes. */
    public static final VectorSpecies<Short> SHORTS = VectorSpecies.of(short.class,
            VectorShape.forBitSize(Math.max(64, 16 * N)));
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private Lanes() {}

    /** Made when lanes are first summed: a short command never does. */
    private static final class Rotations {
        static final VectorShuffle<Float> BY_ONE = rotation(1);
        static final VectorShuffle<Float> BY_TWO = rotation(2);
        static final VectorShuffle<Float> BY_FOUR = rotation(4);
        static final VectorShuffle<Float> BY_EIGHT = rotation(8);
    }

    /**
     * The processor's widest, or what {@code lathe.vector.bits} says: with it, loops of wider vectors can be tested on
     * processors that do not have them, where they run slowly.
     */
    private static VectorShape shape() {
        int bits = Integer.getInteger("lathe.vector.bits", 0);
        return bits == 0 ? VectorShape.preferredShape() : VectorShape.forBitSize(bits);
    }

    private static VectorShuffle<Float> rotation(int distance) {
        return VectorShuffle.fromOp(F, lane -> (lane + distance) % N);
    }

    /**
     * Sum of all lanes, in a fixed order: reduceLanes promises none and adds differently before and after it is compiled.
     *
     * @param vector N floats
     * @return their sum
     */
    public static float sum(FloatVector vector) {
        FloatVector sum = vector;
        if (N >= 16) {
            sum = sum.add(sum.rearrange(Rotations.BY_EIGHT));
        }
        if (N >= 8) {
            sum = sum.add(sum.rearrange(Rotations.BY_FOUR));
        }
        if (N >= 4) {
            sum = sum.add(sum.rearrange(Rotations.BY_TWO));
        }
        return sum.add(sum.rearrange(Rotations.BY_ONE)).lane(0);
    }

    /**
     * Reads floats.
     *
     * @param address where, in any alignment
     * @return N floats
     */
    public static FloatVector floats(long address) {
        return FloatVector.fromMemorySegment(F, Memory.ALL, address, ORDER);
    }

    /**
     * Reads integers.
     *
     * @param address where, in any alignment
     * @return N integers
     */
    public static IntVector ints(long address) {
        return IntVector.fromMemorySegment(I, Memory.ALL, address, ORDER);
    }

    /**
     * Reads shorts.
     *
     * @param address where, in any alignment
     * @return N shorts, in a vector of half the width
     */
    public static ShortVector shorts(long address) {
        return ShortVector.fromMemorySegment(SHORTS, Memory.ALL, address, ORDER);
    }

    /**
     * Writes floats.
     *
     * @param vector  N floats
     * @param address where, in any alignment
     */
    public static void store(FloatVector vector, long address) {
        vector.intoMemorySegment(Memory.ALL, address, ORDER);
    }

    /**
     * Writes integers.
     *
     * @param vector  N integers
     * @param address where, in any alignment
     */
    public static void store(IntVector vector, long address) {
        vector.intoMemorySegment(Memory.ALL, address, ORDER);
    }
}
