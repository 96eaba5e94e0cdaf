package lathe.engine.attention;

import java.nio.ByteOrder;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

import lathe.engine.kernels.Lanes;
import lathe.engine.kernels.Memory;

/** Numbers of 16 bits beside packed codes, in one loop of its own: too few at a time for what calls others. */
final class Halves {
    /** Of a half's bits, moved to their places, those that are its own. */
    static final int KEPT = 0x8FFFE000;
    /** The factors, one after the other, of bits in their places: what is infinite becomes so beyond the largest float. */
    static final float UP = 0x1p127f;
    static final float FURTHER = 0x1p97f;
    static final float DOWN = 0x1p-112f;
    private static final int N = WordLoops.N;
    private static final VectorSpecies<Integer> I = N == 16 ? IntVector.SPECIES_512 : IntVector.SPECIES_256;
    private static final VectorSpecies<Short> SHORTS = N == 16 ? ShortVector.SPECIES_256 : ShortVector.SPECIES_128;
    private static final VectorSpecies<Float> F = N == 16 ? FloatVector.SPECIES_512 : FloatVector.SPECIES_256;

    private Halves() {}

    /**
     * Half precision as float32: the bits, moved to their places, are too small by a power of two. What is no number becomes
     * infinite.
     *
     * @param from  halves
     * @param count how many
     * @param to    receives floats
     */
    static void widen(long from, int count, long to) {
        long source = Memory.known(from);
        long target = Memory.known(to);
        IntVector kept = IntVector.broadcast(I, KEPT);
        FloatVector up = FloatVector.broadcast(F, UP);
        FloatVector further = FloatVector.broadcast(F, FURTHER);
        FloatVector down = FloatVector.broadcast(F, DOWN);
        int whole = Lanes.N >= N ? count & -N : 0;
        for (int n = 0; n < whole; n += N) {
            // Known not to be negative: bounds are checked once.
            int i = n & Integer.MAX_VALUE;
            IntVector bits = (IntVector) ShortVector
                    .fromMemorySegment(SHORTS, Memory.ALL, source + 2L * i, ByteOrder.nativeOrder())
                    .convertShape(VectorOperators.S2I, I, 0);
            // What is infinite becomes so beyond the largest float, and stays it.
            bits.lanewise(VectorOperators.LSHL, 13).and(kept).reinterpretAsFloats().mul(up).mul(further).mul(down)
                    .intoMemorySegment(Memory.ALL, target + 4L * i, ByteOrder.nativeOrder());
        }
        for (int i = whole; i < count; i++) {
            Memory.setFloat(target + 4L * i, Float.float16ToFloat(Memory.getShort(source + 2L * i)));
        }
    }
}
