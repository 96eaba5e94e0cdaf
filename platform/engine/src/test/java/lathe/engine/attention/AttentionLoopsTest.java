package lathe.engine.attention;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.util.Random;

import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import lathe.engine.kernels.Memory;

/** Loops in lanes against one number at a time, for widths and numbers of keys that end within vectors. */
class AttentionLoopsTest {
    private static final long SEED = 20261121;
    private static final int STRIDE = QueryRows.STRIDE;
    private final AttentionLoops lanes = VectorAttentionLoops.INSTANCE;
    private final AttentionLoops twin = ScalarAttentionLoops.INSTANCE;

    @ParameterizedTest
    @CsvSource({"1, 64, 128", "2, 20, 7", "3, 128, 33", "4, 128, 128", "5, 37, 5", "4, 1, 1"})
    void multipliesAndWeighsLikeItsScalarTwin(int rows, int width, int keys) {
        assertThat(lanes).isNotInstanceOf(twin.getClass());
        Random random = new Random(SEED + width);
        try (Arena arena = Arena.ofConfined()) {
            Tile tile = new Tile();
            // Rows apart, as views of wider tensors are.
            tile.set(numbers(random, keys * (width + 3), arena), width + 3);
            float[] queries = new float[rows * width];
            for (int i = 0; i < queries.length; i++) {
                queries[i] = (float) random.nextGaussian();
            }
            long some = numbers(random, rows * STRIDE, arena);
            long others = copy(some, rows * STRIDE, arena);
            lanes.scores(queries, rows, width, tile, keys, some);
            twin.scores(queries, rows, width, tile, keys, others);
            compare("scores", some, others, rows * STRIDE, 1e-5f * width);
            int from = random.nextInt(keys);
            int to = from + 1 + random.nextInt(keys - from);
            for (int row = 0; row < rows; row++) {
                long score = some + 4L * STRIDE * row;
                Memory.copy(score, others + 4L * STRIDE * row, 4L * STRIDE);
                float maximum = twin.largest(score, from, to);
                assertThat(lanes.largest(score, from, to)).isEqualTo(maximum);
                assertThat(lanes.weigh(score, from, to, keys, maximum)).as("a sum of weights")
                        .isCloseTo(twin.weigh(others + 4L * STRIDE * row, from, to, keys, maximum),
                                Offset.offset(1e-4f));
                compare("weights", score, others + 4L * STRIDE * row, keys, 0);
            }
            long sums = numbers(random, rows * width, arena);
            long expected = copy(sums, rows * width, arena);
            lanes.addWeighted(some, rows, tile, from, to, sums, width);
            twin.addWeighted(some, rows, tile, from, to, expected, width);
            compare("sums of values", sums, expected, rows * width, 1e-5f * keys);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 64, 128", "2, 20, 7", "3, 48, 33", "4, 128, 13", "5, 37, 5", "4, 1, 1"})
    void theFirstOnesOfAProcessHaveTheBitsOfThoseInLanes(int rows, int width, int keys) {
        AttentionLoops young = new YoungAttentionLoops(count -> true);
        Random random = new Random(SEED + width);
        try (Arena arena = Arena.ofConfined()) {
            Tile tile = new Tile();
            tile.set(numbers(random, keys * (width + 3), arena), width + 3);
            float[] queries = new float[rows * width];
            for (int i = 0; i < queries.length; i++) {
                queries[i] = (float) random.nextGaussian();
            }
            long some = numbers(random, rows * STRIDE, arena);
            long others = copy(some, rows * STRIDE, arena);
            lanes.scores(queries, rows, width, tile, keys, some);
            young.scores(queries, rows, width, tile, keys, others);
            compare("scores", some, others, rows * STRIDE, 0);
            int from = random.nextInt(keys);
            float maximum = lanes.largest(some, from, keys);
            assertThat(young.largest(some, from, keys)).isEqualTo(maximum);
            assertThat(young.weigh(others, from, keys, keys, maximum))
                    .isEqualTo(lanes.weigh(some, from, keys, keys, maximum));
            long sums = numbers(random, rows * width, arena);
            long expected = copy(sums, rows * width, arena);
            lanes.addWeighted(some, rows, tile, from, keys, expected, width);
            young.addWeighted(others, rows, tile, from, keys, sums, width);
            compare("weights and scores", some, others, rows * STRIDE, 0);
            compare("sums of values", sums, expected, rows * width, 0);
        }
    }

    @ParameterizedTest
    @CsvSource({"0.5", "30"})
    void capsLikeItsScalarTwin(float cap) {
        try (Arena arena = Arena.ofConfined()) {
            long some = numbers(new Random(SEED), STRIDE, arena);
            long others = copy(some, STRIDE, arena);
            lanes.cap(some, 101, cap);
            twin.cap(others, 101, cap);
            compare("capped scores", some, others, 101, 1e-6f * cap);
        }
    }

    private static long numbers(Random random, int count, Arena arena) {
        long address = arena.allocate(4L * count, 64).address();
        for (int i = 0; i < count; i++) {
            Memory.setFloat(address + 4L * i, (float) random.nextGaussian());
        }
        return address;
    }

    private static long copy(long from, int count, Arena arena) {
        long address = arena.allocate(4L * count, 64).address();
        Memory.copy(from, address, 4L * count);
        return address;
    }

    private static void compare(String what, long some, long others, int count, float error) {
        for (int i = 0; i < count; i++) {
            assertThat(Memory.getFloat(some + 4L * i)).as("%s, number %d, seed %d", what, i, SEED)
                    .isCloseTo(Memory.getFloat(others + 4L * i), Offset.offset(error));
        }
    }
}
