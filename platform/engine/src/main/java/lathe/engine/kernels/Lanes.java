package lathe.engine.kernels;

import java.nio.ByteOrder;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Constants and loads of the Vector API, apart from the rest so that only what needs lanes fails where the module is
 * missing.
 */
public final class Lanes {
    /** Floats of this processor's widest vectors. */
    public static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
    /** Integers of the same vectors. */
    public static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED;
    /** Lanes of a vector. */
    public static final int N = F.length();
    /** Bytes of a vector. */
    public static final int BYTES = 4 * N;
    /** As many shorts as there are lanes. */
    public static final VectorSpecies<Short> SHORTS = VectorSpecies.of(short.class,
            VectorShape.forBitSize(Math.max(64, 16 * N)));
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private Lanes() {}

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
