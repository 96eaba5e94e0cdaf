package lathe.engine.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.util.Random;

import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows that keep two of four, against one number at a time. */
class TwoOfFourDotTest {
    private static final long SEED = 20261122;
    /** The pairs of places, the first in the lower bits. */
    private static final int[] PAIRS = {0b0100, 0b1000, 0b1100, 0b1001, 0b1101, 0b1110};

    @ParameterizedTest
    @ValueSource(ints = {32, 64, 96, 192, 1024, 4096, 4128})
    void choosesTheColumnsThatPlacesName(int columns) {
        assumeTrue(TwoOfFourDot.fits(columns), "needs vectors of 256 or 512 bits, and whole ones");
        Random random = new Random(SEED + columns);
        try (Arena arena = Arena.ofConfined()) {
            // Exactly as long as the row: nothing beyond may be read.
            long places = arena.allocate(columns / 8, 64).address();
            long numbers = arena.allocate(columns, 64).address();
            long input = arena.allocate(4L * columns, 64).address();
            for (int i = 0; i < columns; i++) {
                Memory.setFloat(input + 4L * i, (float) random.nextGaussian());
            }
            double expected = 0;
            for (int group = 0; group < columns / 4; group++) {
                int pair = PAIRS[random.nextInt(PAIRS.length)];
                int before = group % 2 == 0 ? 0 : Memory.getByte(places + group / 2);
                Memory.setByte(places + group / 2, before | pair << 4 * (group % 2));
                for (int i = 0; i < 2; i++) {
                    short number = (short) (Float.floatToIntBits((float) random.nextGaussian()) >>> 16);
                    Memory.setByte(numbers + 4L * group + 2L * i, number);
                    Memory.setByte(numbers + 4L * group + 2L * i + 1, number >>> 8);
                    expected += (double) Float.intBitsToFloat(number << 16)
                            * Memory.getFloat(input + 4L * (4 * group + (pair >>> 2 * i & 3)));
                }
            }
            long arranged = arena.allocate(4L * columns, 64).address();
            TwoOfFourDot.arrange(input, columns, arranged);
            long product = arena.allocate(4, 64).address();
            TwoOfFourDot.multiply(places, columns / 8, numbers, 1, columns, arranged, product);
            assertThat(Memory.getFloat(product)).as("seed %d", SEED)
                    .isCloseTo((float) expected, Offset.offset(1e-6f * columns));
        }
    }
}
