package lathe.engine.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.util.Random;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows by four, one of each quarter, against sums in double precision, each row with its own numbers. */
class FourDotTest {
    private static final long SEED = 20261122;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 33})
    void multipliesEachRowOfFourQuarters(int steps) {
        int columns = FourDot.STEP * steps;
        int rowCount = 12;
        Random random = new Random(SEED + steps);
        try (Arena arena = Arena.ofConfined()) {
            long input = arena.allocate(4L * columns, 64).address();
            long rows = arena.allocate(4L * rowCount * columns, 64).address();
            long halves = arena.allocate(2L * rowCount * columns, 64).address();
            float[] plain = new float[columns + 3];
            float[] split = new float[columns + 3];
            for (int i = 0; i < columns; i++) {
                plain[i + 3] = (float) random.nextGaussian();
                Memory.setFloat(input + 4L * i, plain[i + 3]);
            }
            for (int i = 0; i < rowCount * columns; i++) {
                // Numbers that bfloat16 holds, so that both forms have one product.
                int bits = Float.floatToIntBits((float) random.nextGaussian()) & 0xFFFF0000;
                Memory.setFloat(rows + 4L * i, Float.intBitsToFloat(bits));
                Memory.setByte(halves + 2L * i, bits >>> 16);
                Memory.setByte(halves + 2L * i + 1, bits >>> 24);
            }
            new VectorRowMath().splitPairs(input, columns, split, 3);
            long lanes = arena.allocate((long) Lanes.BYTES * rowCount, 64).address();
            long output = arena.allocate(8L * rowCount, 64).address();
            FourDot.floats(rows, 4L * columns, rowCount / 4, plain, 3, columns, lanes);
            FourDot.sum(rowCount, lanes, output);
            FourDot.halves(halves, 2L * columns, rowCount / 4, split, 3, columns, lanes);
            FourDot.sum(rowCount, lanes, output + 4L * rowCount);
            for (int row = 0; row < rowCount; row++) {
                double sum = 0;
                double size = 0;
                for (int i = 0; i < columns; i++) {
                    double product = (double) plain[i + 3] * Memory.getFloat(rows + 4L * (row * columns + i));
                    sum += product;
                    size += Math.abs(product);
                }
                assertThat((double) Memory.getFloat(output + 4L * row)).isCloseTo(sum, within(1e-6 * size));
                assertThat((double) Memory.getFloat(output + 4L * (rowCount + row))).isCloseTo(sum,
                        within(1e-6 * size));
            }
        }
    }
}
