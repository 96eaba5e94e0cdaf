package lathe.engine.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LaneOrderTest {
    private static final VectorRowMath LANES = new VectorRowMath();

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 16, 31, 32, 48, 64, 100, 128, 255, 768})
    void innerProductsHaveTheBitsOfThoseInLanes(int count) {
        Random random = new Random(count);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment row = arena.allocate(4L * count + 8);
            float[] input = new float[count + 3];
            for (int i = 0; i < input.length; i++) {
                input[i] = (float) random.nextGaussian();
            }
            for (int i = 0; i < count; i++) {
                row.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
            }
            assertThat(LaneOrder.dot(row.address(), input, 3, count))
                    .isEqualTo(LANES.dot(row.address(), input, 3, count));
            // Any bits are a bf16; these are finite ones.
            for (int i = 0; i < count; i++) {
                row.setAtIndex(ValueLayout.JAVA_SHORT, i,
                        (short) (Float.floatToIntBits((float) random.nextGaussian()) >> 16));
            }
            assertThat(LaneOrder.dotBf16(row.address(), input, 3, count))
                    .isEqualTo(LANES.dotBf16(row.address(), input, 3, count));
        }
    }

    @Test
    void theFirstProductsOfAProcessAreThoseOfTheLanesToo() {
        StartingRowMath starting = new StartingRowMath(LANES);
        // So many are computed one number at a time that the calls below begin there and end in lanes.
        for (int i = 0; i < (1 << 17) - 300; i++) {
            starting.dot(0, new float[0], 0, 0);
        }
        Random random = new Random(1);
        float[] input = new float[96];
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment row = arena.allocate(4L * input.length);
            for (int call = 0; call < 400; call++) {
                for (int i = 0; i < input.length; i++) {
                    input[i] = (float) random.nextGaussian();
                    // Its halves are numbers of bf16, too, and no infinite ones.
                    row.setAtIndex(ValueLayout.JAVA_INT, i, random.nextInt() & 0xBFFFBFFF);
                }
                assertThat(starting.dot(row.address(), input, 0, input.length))
                        .isEqualTo(LANES.dot(row.address(), input, 0, input.length));
                assertThat(starting.dotBf16(row.address(), input, 0, input.length))
                        .isEqualTo(LANES.dotBf16(row.address(), input, 0, input.length));
            }
        }
    }
}
