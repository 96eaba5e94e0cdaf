package lathe.engine.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.function.Consumer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The loops of the Vector API have the bits of their scalar twins, for all lengths and alignments. */
class ElementKernelsTest {
    private static final float[] SPECIAL = {0f, -0f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY,
        Float.MIN_VALUE, -Float.MIN_VALUE, Float.MAX_VALUE, 0.5f, 1.5f, 2.5f, -0.5f, 88.8f, -103.9f, -104f, 0x1p23f,
        65504f, 65519.9f, 65520f, 6.1e-5f, 5.9e-8f};
    private static final int BYTES = 4096;

    /** What a loop needs: two sources, a target, positions and a length. */
    private record Setup(ElementKernels kernels, MemorySegment a, MemorySegment b, MemorySegment target, long at,
            int n) {}

    private static void compare(boolean special, Consumer<Setup> loop) {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        try (Arena arena = Arena.ofConfined()) {
            for (int round = 0; round < 400; round++) {
                MemorySegment a = filled(arena, random, special);
                MemorySegment b = filled(arena, random, special);
                MemorySegment start = filled(arena, random, special);
                int n = random.nextInt(200);
                long at = random.nextInt(70);
                MemorySegment first = arena.allocate(BYTES).copyFrom(start);
                MemorySegment second = arena.allocate(BYTES).copyFrom(start);
                loop.accept(new Setup(new ScalarElementKernels(), a, b, first, at, n));
                loop.accept(new Setup(new VectorElementKernels(), a, b, second, at, n));
                if (first.mismatch(second) < 0) {
                    continue;
                }
                for (long i = 0; i + 4 <= BYTES; i++) {
                    int x = first.get(ValueLayout.JAVA_INT_UNALIGNED, i);
                    int y = second.get(ValueLayout.JAVA_INT_UNALIGNED, i);
                    boolean bothNaN = (i - at) % 4 == 0 && Float.isNaN(Float.intBitsToFloat(x))
                            && Float.isNaN(Float.intBitsToFloat(y));
                    if (bothNaN) {
                        i += 3;
                        continue;
                    }
                    assertThat(first.get(ValueLayout.JAVA_BYTE, i)).as("byte %d, n %d, at %d, seed %d", i, n, at, seed)
                            .isEqualTo(second.get(ValueLayout.JAVA_BYTE, i));
                }
            }
        }
    }

    private static MemorySegment filled(Arena arena, Random random, boolean special) {
        MemorySegment memory = arena.allocate(BYTES);
        for (long i = 0; i < BYTES; i += 4) {
            float value = special && random.nextInt(4) == 0 ? SPECIAL[random.nextInt(SPECIAL.length)]
                    : (float) random.nextGaussian() * (random.nextBoolean() ? 1 : 60);
            memory.set(ValueLayout.JAVA_FLOAT, i, value);
        }
        return memory;
    }

    private static float result(double value) {
        return (float) value;
    }

    private static void put(Setup s, double value) {
        s.target().set(ValueLayout.JAVA_DOUBLE_UNALIGNED, 0, Double.isNaN(value) ? Double.NaN : value);
    }

    @ParameterizedTest
    @EnumSource(Binary.class)
    void binary(Binary op) {
        compare(false, s -> s.kernels().binary(op, s.a(), s.at(), s.b(), s.at() + 3, s.target(), s.at(), s.n()));
        compare(false, s -> s.kernels().binary(op, s.a(), s.at(), 1.7f, s.target(), s.at(), s.n()));
    }

    @ParameterizedTest
    @EnumSource(Unary.class)
    void unary(Unary op) {
        compare(false, s -> s.kernels().unary(op, s.a(), s.at() + 5, s.target(), s.at(), s.n()));
        compare(true, s -> s.kernels().unary(op, s.a(), 4, s.target(), 4, s.n()));
    }

    @Test
    void clampAndExponential() {
        compare(true, s -> s.kernels().clamp(s.a(), 0, -1.25f, 2f, s.target(), 0, s.n()));
        compare(false, s -> put(s, s.kernels().expShifted(s.a(), s.at(), 3f, s.target(), s.at() + 8, s.n())));
    }

    @Test
    void sums() {
        compare(false, s -> put(s, s.kernels().sum(s.a(), s.at(), s.n())));
        compare(false, s -> put(s, s.kernels().sumOfSquares(s.a(), s.at(), s.n())));
        compare(false, s -> {
            double[] sums = new double[200];
            s.kernels().accumulate(s.a(), s.at(), sums, s.n());
            s.kernels().accumulate(s.b(), s.at(), sums, s.n());
            for (int i = 0; i < sums.length; i++) {
                // Bits of other NaNs depend on the order of the operands.
                s.target().set(ValueLayout.JAVA_DOUBLE, 8 * i, Double.isNaN(sums[i]) ? Double.NaN : sums[i]);
            }
        });
    }

    @Test
    void extremes() {
        compare(true, s -> put(s, s.kernels().max(s.a(), 8, s.n())));
        compare(true, s -> put(s, s.kernels().min(s.a(), 8, s.n())));
        compare(true, s -> put(s, s.kernels().maxAbs(s.a(), 8, s.n())));
        compare(true, s -> s.kernels().maxInto(s.a(), 8, s.target(), 4, s.n()));
        compare(true, s -> s.kernels().minInto(s.a(), 8, s.target(), 4, s.n()));
    }

    @Test
    void conversions() {
        compare(true, s -> s.kernels().toBf16(s.a(), 0, s.target(), s.at(), s.n()));
        compare(true, s -> s.kernels().fromBf16(s.a(), s.at() + 2, s.target(), s.at(), s.n()));
        compare(true, s -> s.kernels().fromF16(s.a(), s.at() + 2, s.target(), s.at(), s.n()));
    }

    @Test
    void butterflies() {
        for (int half = 1; half <= 64; half *= 2) {
            int distance = half;
            compare(false, s -> s.kernels().butterflies(s.target(), s.at(), distance, 128));
        }
    }

    @Test
    void exponentialIsWithinOneUnitInTheLastPlace() {
        Random random = new Random(7);
        for (int i = 0; i < 200_000; i++) {
            float x = (random.nextFloat() * 2 - 1) * 88.7f;
            double exact = Math.exp(x);
            assertThat(Math.abs(FastMath.exp(x) - exact)).isLessThan(1.01 * Math.ulp(result(exact)));
        }
        assertThat(FastMath.exp(0f)).isEqualTo(1f);
        assertThat(FastMath.exp(-0f)).isEqualTo(1f);
        assertThat(FastMath.exp(89f)).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(FastMath.exp(-104.1f)).isZero();
        assertThat(FastMath.exp(Float.NaN)).isNaN();
    }
}
