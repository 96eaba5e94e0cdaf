package lathe.engine.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.util.Random;

import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Loops in lanes against one code at a time, for widths, groups and lengths that end within vectors. */
class PackedLoopsTest {
    private static final long SEED = 20261121;

    @ParameterizedTest
    @CsvSource({"1, 256, 32", "1, 1031, 64", "2, 512, 16", "2, 1031, 128", "3, 96, 32", "3, 1031, 64", "3, 64, 64",
        "3, 4096, 128", "4, 512, 64",
        "4, 1031, 16", "4, 512, 256", "5, 264, 64", "6, 1031, 128", "7, 40, 8", "8, 512, 64", "8, 1031, 16",
        "8, 96, 2000", "4, 7, 7", "3, 5, 64"})
    void multipliesLikeItsScalarTwin(int bits, int columns, int group) {
        PackedDot twin = new ScalarPackedDot(bits, columns, group);
        PackedDot lanes = VectorPackedDot.of(bits, columns, group);
        Random random = new Random(SEED + bits);
        int groups = (columns + group - 1) / group;
        float[] scales = new float[groups + Lanes.N];
        float[] zeros = new float[groups + Lanes.N];
        for (int g = 0; g < groups; g++) {
            scales[g] = random.nextFloat();
            zeros[g] = random.nextInt(1 << bits);
        }
        try (Arena arena = Arena.ofConfined()) {
            // Exactly as long as the codes: nothing beyond may be read.
            byte[] packed = new byte[(columns * bits + 31) / 32 * 4];
            random.nextBytes(packed);
            long codes = arena.allocate(packed.length, 64).address();
            for (int i = 0; i < packed.length; i++) {
                Memory.setByte(codes + i, packed[i]);
            }
            long input = arena.allocate(4L * columns, 64).address();
            double size = 0;
            for (int i = 0; i < columns; i++) {
                Memory.setFloat(input + 4L * i, (float) random.nextGaussian());
                size += Math.abs(Memory.getFloat(input + 4L * i)) * (1 << bits);
            }
            assertThat(lanes).as("a product in lanes for groups of %d", group).isNotNull();
            assertThat(dot(lanes, codes, input, scales, zeros)).as("seed %d", SEED)
                    .isCloseTo(dot(twin, codes, input, scales, zeros), Offset.offset((float) (1e-6 * size)));
        }
    }

    @ParameterizedTest
    @CsvSource({"4, 512, 64", "4, 2048, 128", "4, 1024, 2000", "3, 128, 64", "3, 2048, 256", "3, 1024, 2000",
        "2, 512, 64", "4, 2816, 64",
        "2, 2048, 512", "2, 1024, 2000", "4, 1024, 32", "8, 512, 64", "8, 512, 128", "8, 512, 16", "8, 1024, 2000"})
    void takesRowsInOneLoopAsOneByOne(int bits, int columns, int group) {
        VectorPackedDot lanes = (VectorPackedDot) VectorPackedDot.of(bits, columns, group, true);
        Random random = new Random(SEED + group);
        int rows = 2 * Lanes.N + 3;
        int groups = (columns + group - 1) / group;
        float[] scales = new float[rows * groups + Lanes.N];
        float[] zeros = new float[rows * groups + Lanes.N];
        for (int g = 0; g < rows * groups; g++) {
            scales[g] = random.nextFloat();
            zeros[g] = random.nextInt(1 << bits);
        }
        try (Arena arena = Arena.ofConfined()) {
            int rowBytes = columns * bits / 8;
            long codes = arena.allocate(rows * rowBytes, 64).address();
            for (int i = 0; i < rows * rowBytes; i++) {
                Memory.setByte(codes + i, random.nextInt());
            }
            long input = arena.allocate(4L * columns, 64).address();
            for (int i = 0; i < columns; i++) {
                Memory.setFloat(input + 4L * i, (float) random.nextGaussian());
            }
            long arranged = arena.allocate(4L * lanes.arrangedSize(), 64).address();
            lanes.arrange(input, arranged);
            long scale = arena.allocate(4L * scales.length, 64).address();
            long zero = arena.allocate(4L * zeros.length, 64).address();
            Memory.copy(scales, scales.length, scale);
            Memory.copy(zeros, zeros.length, zero);
            // Where a vector of four-bit words has more than two scales, rows go one by one.
            assumeTrue(lanes.multipliesRows(arranged), "a vector of words has one scale or two");
            long output = arena.allocate(4L * rows, 64).address();
            lanes.multiply(codes, rowBytes, rows, arranged, scale, zero, 4L * groups, output);
            for (int row = 0; row < rows; row++) {
                float one = lanes.dot(codes + (long) rowBytes * row, arranged, scales, groups * row, zeros,
                        groups * row);
                // The halves of words of two bits are added earlier; of the others the order is the same.
                assertThat(Memory.getFloat(output + 4L * row))
                        .isCloseTo(one, Offset.offset(bits == 2 ? 1e-3f : 0f));
            }
        }
    }

    /** Whether codes are converted or read as subnormal numbers, whatever the size of the input. */
    @ParameterizedTest
    @CsvSource({"4, 512, 64, 1", "4, 1031, 16, 1e-30", "3, 1031, 64, 1e-3", "2, 1031, 64, 1e-3", "1, 512, 64, 1",
        "4, 512, 256, 1e28", "4, 512, 64, 1e33"})
    void givesTheSameBitsByConversionAndBySubnormalNumbers(int bits, int columns, int group, float size) {
        PackedDot converted = VectorPackedDot.of(bits, columns, group, false);
        PackedDot subnormal = VectorPackedDot.of(bits, columns, group, true);
        Random random = new Random(SEED + columns);
        int groups = (columns + group - 1) / group;
        float[] scales = new float[groups + Lanes.N];
        float[] zeros = new float[groups + Lanes.N];
        for (int g = 0; g < groups; g++) {
            scales[g] = random.nextFloat() / 100;
            zeros[g] = random.nextInt(1 << bits);
        }
        try (Arena arena = Arena.ofConfined()) {
            int bytes = (columns * bits + 31) / 32 * 4;
            long codes = arena.allocate(bytes, 64).address();
            for (int i = 0; i < bytes; i++) {
                Memory.setByte(codes + i, random.nextInt());
            }
            long input = arena.allocate(4L * columns, 64).address();
            for (int i = 0; i < columns; i++) {
                Memory.setFloat(input + 4L * i, size * (float) random.nextGaussian());
            }
            assertThat(dot(subnormal, codes, input, scales, zeros))
                    .isEqualTo(dot(converted, codes, input, scales, zeros))
                    .isNotEqualTo(0f);
        }
    }

    private static float dot(PackedDot product, long codes, long input, float[] scales, float[] zeros) {
        try (Arena arena = Arena.ofConfined()) {
            long arranged = arena.allocate(4L * product.arrangedSize(), 64).address();
            product.arrange(input, arranged);
            return product.dot(codes, arranged, scales, 0, zeros, 0);
        }
    }
}
