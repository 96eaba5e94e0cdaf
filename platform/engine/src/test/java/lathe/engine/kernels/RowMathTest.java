package lathe.engine.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

import org.junit.jupiter.api.Test;

import lathe.spi.operator.BitPacking;

/** The lanes against their scalar twin, for all sizes and alignments. */
class RowMathTest {
    private static final long SEED = 11;
    private final RowMath lanes = new VectorRowMath();
    private final RowMath scalar = new ScalarRowMath();
    private final Random random = new Random(SEED);

    @Test
    void widensEveryHalfPrecisionNumber() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment codes = arena.allocate(2 * 65536 + 2);
            MemorySegment widened = arena.allocate(4 * 65536);
            MemorySegment expected = arena.allocate(4 * 65536);
            for (int i = 0; i < 65536; i++) {
                codes.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * i + 1, (short) i);
            }
            lanes.widenF16(codes.address() + 1, 65536, widened.address());
            scalar.widenF16(codes.address() + 1, 65536, expected.address());
            same(widened, expected, 65536);
            lanes.widenBf16(codes.address() + 1, 65536, widened.address());
            scalar.widenBf16(codes.address() + 1, 65536, expected.address());
            same(widened, expected, 65536);
        }
    }

    private static void same(MemorySegment actual, MemorySegment expected, int count) {
        for (int i = 0; i < count; i++) {
            Float value = actual.getAtIndex(ValueLayout.JAVA_FLOAT, i);
            assertThat(value).as("entry %d", i)
                    .isEqualTo(Float.valueOf(expected.getAtIndex(ValueLayout.JAVA_FLOAT, i)));
        }
    }

    @Test
    void unpacksCodesOfEveryWidthFromAnyPlace() {
        try (Arena arena = Arena.ofConfined()) {
            for (int bits = 1; bits <= 8; bits++) {
                for (int round = 0; round < 200; round++) {
                    int count = 1 + random.nextInt(150);
                    int[] codes = new int[count];
                    for (int i = 0; i < count; i++) {
                        codes[i] = random.nextInt(1 << bits);
                    }
                    MemorySegment packed = arena.allocate(BitPacking.rowBytes(count, bits));
                    BitPacking.packRow(codes, count, bits, packed, 0);
                    int from = random.nextInt(count);
                    MemorySegment numbers = arena.allocate(4L * (count - from));
                    lanes.unpack(packed.address(), from, count - from, bits, numbers.address());
                    for (int i = from; i < count; i++) {
                        assertThat(numbers.getAtIndex(ValueLayout.JAVA_FLOAT, i - from))
                                .as("%d bits, code %d of %d from %d", bits, i, count, from).isEqualTo(codes[i]);
                    }
                }
            }
        }
    }

    @Test
    void addsTheSameProductsAsTheScalarTwin() {
        try (Arena arena = Arena.ofConfined()) {
            for (int count = 0; count < 200; count++) {
                int shift = random.nextInt(5);
                long left = numbers(arena, count);
                long right = numbers(arena, count);
                long weights = arena.allocate(2L * count + 8).address() + shift;
                for (int i = 0; i < count; i++) {
                    Memory.ALL.set(ValueLayout.JAVA_SHORT_UNALIGNED, weights + 2L * i, Float.floatToFloat16(
                            (float) random.nextGaussian()));
                }
                double size = Math.sqrt(count + 1.0);
                assertThat((double) lanes.dot(left, right, count)).as("%d numbers", count)
                        .isCloseTo(scalar.dot(left, right, count), offset(2e-6 * size));
                float[] split = new float[count];
                float[] plain = new float[count];
                lanes.splitPairs(right, count, split, 0);
                scalar.splitPairs(right, count, plain, 0);
                assertThat((double) lanes.dotF16(weights, split, 0, count)).as("%d halves", count)
                        .isCloseTo(scalar.dotF16(weights, plain, 0, count), offset(2e-6 * size));
                assertThat((double) lanes.dotBf16(weights, split, 0, count)).as("%d bfloat16", count)
                        .isCloseTo(scalar.dotBf16(weights, plain, 0, count), offset(1e-5 * size));
                assertThat(lanes.sumOfSquares(left, count)).as("%d squares", count)
                        .isCloseTo(scalar.sumOfSquares(left, count), offset(2e-6 * (count + 1)));
            }
        }
    }

    private long numbers(Arena arena, int count) {
        long address = arena.allocate(4L * count + 8).address() + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            Memory.setFloat(address + 4L * i, (float) random.nextGaussian());
        }
        return address;
    }
}
