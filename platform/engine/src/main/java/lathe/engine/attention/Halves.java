package lathe.engine.attention;

import java.nio.ByteOrder;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

import lathe.engine.kernels.Lanes;
import lathe.engine.kernels.Memory;

/** Numbers of 16 bits beside packed codes, in one loop of its own: too few at a time for what calls others. */
final class Halves {
    private static final int N = CodeLanes.N;
    private static final VectorSpecies<Integer> I = IntVector.SPECIES_256;

    private Halves() {}

    /**
     * Half precision as float32: the bits of the magnitude, moved to their place, are too small by a power of two.
     *
     * @param from  halves
     * @param count how many
     * @param to    receives floats
     */
    static void widen(long from, int count, long to) {
        long source = Memory.known(from);
        long target = Memory.known(to);
        IntVector infinite = IntVector.broadcast(I, 0x7F800000);
        int i = 0;
        for (; Lanes.N >= N && i <= count - N; i += N) {
            IntVector bits = (IntVector) ShortVector
                    .fromMemorySegment(ShortVector.SPECIES_128, Memory.ALL, source + 2L * i, ByteOrder.nativeOrder())
                    .convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0);
            IntVector magnitude = bits.and(0x7FFF).lanewise(VectorOperators.LSHL, 13).reinterpretAsFloats()
                    .mul(0x1p112f).reinterpretAsInts();
            magnitude = magnitude.blend(magnitude.or(infinite), bits.and(0x7C00).compare(VectorOperators.EQ, 0x7C00));
            magnitude.or(bits.and(0x8000).lanewise(VectorOperators.LSHL, 16))
                    .intoMemorySegment(Memory.ALL, target + 4L * i, ByteOrder.nativeOrder());
        }
        for (; i < count; i++) {
            Memory.setFloat(target + 4L * i, Float.float16ToFloat(Memory.getShort(source + 2L * i)));
        }
    }
}
