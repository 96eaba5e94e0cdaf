package lathe.engine.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.util.Random;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two rows at once have the bits of one after the other: which of the two ways runs depends on the time since the start. */
class PairDotTest {
    private static final long SEED = 20261121;
    private final RowMath math = new VectorRowMath();

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 33})
    void givesTheBitsOfOneRowAfterTheOther(int steps) {
        int columns = 4 * Lanes.N * steps;
        Random random = new Random(SEED + steps);
        try (Arena arena = Arena.ofConfined()) {
            long input = arena.allocate(4L * columns, 64).address();
            long rows = arena.allocate(8L * columns, 64).address();
            long halves = arena.allocate(4L * columns, 64).address();
            float[] plain = new float[columns + 3];
            float[] split = new float[columns + 3];
            for (int i = 0; i < columns; i++) {
                plain[i + 3] = (float) random.nextGaussian();
                Memory.setFloat(input + 4L * i, plain[i + 3]);
            }
            for (int i = 0; i < 2 * columns; i++) {
                int bits = Float.floatToIntBits((float) random.nextGaussian());
                Memory.setFloat(rows + 4L * i, Float.intBitsToFloat(bits));
                Memory.setByte(halves + 2L * i, bits >>> 16);
                Memory.setByte(halves + 2L * i + 1, bits >>> 24);
            }
            math.splitPairs(input, columns, split, 3);
            long output = arena.allocate(8, 64).address();
            long lanes = arena.allocate(8L * Lanes.N, 64).address();
            PairDot.floats(rows, 1, plain, 3, columns, lanes);
            FourDot.sum(2, lanes, output);
            assertThat(Memory.getFloat(output)).isEqualTo(math.dot(rows, plain, 3, columns));
            assertThat(Memory.getFloat(output + 4)).isEqualTo(math.dot(rows + 4L * columns, plain, 3, columns));
            PairDot.halves(halves, 1, split, 3, columns, lanes);
            FourDot.sum(2, lanes, output);
            assertThat(Memory.getFloat(output)).isEqualTo(math.dotBf16(halves, split, 3, columns));
            assertThat(Memory.getFloat(output + 4)).isEqualTo(math.dotBf16(halves + 2L * columns, split, 3, columns));
        }
    }
}
