package lathe.engine.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import lathe.engine.Engine;
import lathe.engine.kernels.CpuBackend;
import lathe.spi.attention.AttentionPlan;
import lathe.spi.backend.AttentionCall;
import lathe.spi.backend.Compute;
import lathe.spi.kv.KvSegment;
import lathe.spi.kv.KvView;
import lathe.spi.kv.Observation;
import lathe.spi.kv.PackedVectors;
import lathe.spi.kv.StoredBlock;
import lathe.spi.kv.StoredBlock.Direction;
import lathe.spi.kv.StoredBlock.LowRankRows;
import lathe.spi.kv.StoredBlock.SparseRows;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Attention over packed blocks equals attention over their numbers. */
class StoredBlocksTest {
    private static final int[] TOKENS = {128, 32, 5, 300};
    /** Beyond what is multiplied at a time. */
    private static final int[] MANY = {128, 32, 5, QueryRows.LONG_STRIDE};
    private final Random random = new Random(11);

    /** Blocks of one head, keys and values alike, and the numbers that they stand for. */
    private record Blocks(List<StoredBlock> blocks, List<float[]> rows) {}

    /** A segment of one head that hands over its blocks, or does not. */
    private record Segment(Blocks keys, Blocks values, boolean stored) implements KvSegment {
        @Override
        public int tokens(int kvHead) {
            return keys.rows.size();
        }

        @Override
        public int[] positions(int kvHead) {
            return IntStream.range(0, keys.rows.size()).toArray();
        }

        @Override
        public void readKeys(int kvHead, int from, Tensor target) {
            read(keys, from, target);
        }

        @Override
        public void readValues(int kvHead, int from, Tensor target) {
            read(values, from, target);
        }

        private static void read(Blocks blocks, int from, Tensor target) {
            for (int i = 0; i < target.size(0); i++) {
                target.setRow(i, blocks.rows.get(from + i));
            }
        }

        @Override
        public List<StoredBlock> storedKeys(int kvHead) {
            return stored ? keys.blocks : List.of();
        }

        @Override
        public List<StoredBlock> storedValues(int kvHead) {
            return stored ? values.blocks : List.of();
        }
    }

    private float[] normal(int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        return numbers;
    }

    /** Vectors of some heads of which the block is one: it begins within them, and other vectors lie between. */
    private void packed(Blocks into, Direction direction, int tokens, int width, int bits, int group, Scope scope) {
        boolean byToken = direction == Direction.TOKENS;
        int count = byToken ? tokens : width;
        int piece = byToken || tokens % 4 != 0 || random.nextBoolean() ? tokens : tokens / 4;
        int length = byToken ? width : piece;
        int pieces = tokens / piece;
        int size = group > 0 && length % group == 0 ? group : length;
        int before = size * random.nextInt(2);
        int all = before + length + size * random.nextInt(2);
        int stride = 1 + random.nextInt(2);
        int step = stride * count + random.nextInt(2);
        DataType type = random.nextBoolean() ? DataType.F16 : DataType.F32;
        if (size == length) {
            size = all;
        }
        PackedVectors vectors = new PackedVectors(step * pieces + 1, all, size, bits, type, scope);
        for (int v = 0; v < step * pieces + 1; v++) {
            vectors.put(v, normal(all));
        }
        float[][] rows = new float[tokens][width];
        float[] vector = new float[length];
        for (int i = 0; i < count; i++) {
            for (int p = 0; p < pieces; p++) {
                vectors.get(1 + step * p + stride * i, before, length, vector, 0);
                for (int j = 0; j < length; j++) {
                    rows[byToken ? i : p * piece + j][byToken ? j : i] = vector[j];
                }
            }
        }
        Optional<SparseRows> sparse = random.nextBoolean()
                ? Optional.of(sparse(rows, type, scope))
                : Optional.empty();
        Optional<LowRankRows> added = random.nextBoolean()
                ? Optional.of(added(rows, 1 + random.nextInt(4), type, scope))
                : Optional.empty();
        into.blocks.add(new StoredBlock.Packed(vectors, direction, 1, stride, before, tokens, piece, step, sparse,
                added));
        into.rows.addAll(Arrays.asList(rows));
    }

    /** In rows that begin with those of another head, every other one of it. */
    private SparseRows sparse(float[][] rows, DataType type, Scope scope) {
        int piece = new int[] {1, 7, 32, 128, 1000}[random.nextInt(5)];
        double share = new double[] {0, 0.02, 0.2}[random.nextInt(3)];
        int bits = 6 + random.nextInt(2);
        List<Integer> starts = new ArrayList<>(List.of(0));
        List<Integer> places = new ArrayList<>();
        List<Long> numbers = new ArrayList<>();
        for (int begin = 0; begin < rows.length; begin += piece) {
            places.add(0);
            numbers.add(7L);
            starts.add(places.size());
            for (int t = begin; t < Math.min(rows.length, begin + piece); t++) {
                for (int c = 0; c < rows[t].length; c++) {
                    if (random.nextDouble() < share) {
                        places.add(t - begin << bits | c);
                        numbers.add(Math.round(5 * random.nextGaussian()));
                        rows[t][c] += numbers.getLast();
                    }
                }
            }
            starts.add(places.size());
        }
        Tensor stored = scope.zeros(random.nextBoolean() ? DataType.U16 : DataType.I32, places.size());
        Tensor values = scope.zeros(type, places.size());
        for (int k = 0; k < places.size(); k++) {
            stored.set(places.get(k), k);
            values.set(numbers.get(k), k);
        }
        return new SparseRows(scope.of(starts.stream().mapToInt(Integer::intValue).toArray(), starts.size()),
                stored, values, 1, 2, piece, bits);
    }

    private LowRankRows added(float[][] rows, int rank, DataType type, Scope scope) {
        Tensor tokens = scope.of(normal(rank * rows.length), rank, rows.length).to(type);
        Tensor channels = scope.of(normal(rank * rows[0].length), rank, rows[0].length).to(type);
        for (int t = 0; t < rows.length; t++) {
            for (int c = 0; c < rows[t].length; c++) {
                double sum = rows[t][c];
                for (int k = 0; k < rank; k++) {
                    sum += tokens.get(k, t) * channels.get(k, c);
                }
                rows[t][c] = (float) sum;
            }
        }
        return new LowRankRows(tokens, channels);
    }

    private void exact(Blocks into, int tokens, int width, Scope scope) {
        Tensor rows = scope.of(normal(tokens * width), tokens, width).to(DataType.BF16);
        into.blocks.add(new StoredBlock.Exact(rows));
        for (int t = 0; t < tokens; t++) {
            into.rows.add(rows.to(DataType.F32).row(t).toFloats());
        }
    }

    private Blocks blocks(int[] counts, int width, int bits, int group, Scope scope) {
        Blocks blocks = new Blocks(new ArrayList<>(), new ArrayList<>());
        for (int tokens : counts) {
            Direction direction = random.nextInt(3) == 0 ? Direction.TOKENS : Direction.CHANNELS;
            packed(blocks, random.nextInt(3) == 0 ? Direction.CHANNELS : direction, tokens, width, bits, group, scope);
        }
        exact(blocks, counts[0] + 9, width, scope);
        return blocks;
    }

    private Blocks values(int[] counts, int width, int bits, int group, Scope scope) {
        Blocks blocks = new Blocks(new ArrayList<>(), new ArrayList<>());
        for (int tokens : counts) {
            packed(blocks, random.nextInt(4) == 0 ? Direction.CHANNELS : Direction.TOKENS, tokens, width, bits, group,
                    scope);
        }
        exact(blocks, counts[0] + 9, width, scope);
        return blocks;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 8})
    void attentionFromCodesIsAttentionOfTheirNumbers(int bits) {
        try (Compute compute = new CpuBackend().open(Engine.shared().parallel())) {
            for (int round = 0; round < 10; round++) {
                try (Scope scope = Engine.shared().openScope()) {
                    int width = new int[] {32, 64, 20}[random.nextInt(3)];
                    int group = new int[] {32, 16, 8, 20, 0}[random.nextInt(5)];
                    int[] counts = round == 0 ? MANY : TOKENS;
                    Blocks keys = blocks(counts, width, bits, group, scope);
                    Blocks values = values(counts, width, bits, group, scope);
                    int heads = 1 + random.nextInt(7);
                    int queries = random.nextInt(3) == 0 ? 3 : 1;
                    AttentionPlan plan = plan(queries);
                    Tensor input = scope.of(normal(heads * queries * width), heads, queries, width);
                    Tensor fused = run(compute, new Segment(keys, values, true), input, plan, scope);
                    Tensor naive = run(compute, new Segment(keys, values, false), input, plan, scope);
                    float[] expected = naive.toFloats();
                    float[] actual = fused.toFloats();
                    for (int i = 0; i < expected.length; i++) {
                        assertThat(actual[i]).as("%d bits, round %d, width %d, group %d", bits, round, width, group)
                                .isCloseTo(expected[i], offset(1e-4f));
                    }
                }
            }
        }
    }

    private AttentionPlan plan(int queries) {
        return switch (random.nextInt(3)) {
            case 0 -> new AttentionPlan.Dense();
            case 1 -> new AttentionPlan.SinkWindow(3, 201);
            default -> new AttentionPlan.Indices(IntStream.rangeClosed(0, queries).map(i -> 40 * i).toArray(),
                    random.ints(40L * queries, 0, 400).toArray());
        };
    }

    private Tensor run(Compute compute, Segment segment, Tensor queries, AttentionPlan plan, Scope scope) {
        int width = queries.size(2);
        int count = queries.size(1);
        LayerInfo layer = new LayerInfo(0, 1, queries.size(0), 1, width, width, 1 / Math.sqrt(width), Optional.empty(),
                Optional.empty());
        int tokens = segment.tokens(0);
        Tensor output = scope.zeros(queries.size(0), count, width);
        compute.attention(new AttentionCall(layer, queries, IntStream.range(tokens, tokens + count).toArray(),
                new KvView(List.of(segment)), scope.zeros(1, 0, width), scope.zeros(1, 0, width), plan, true, 0,
                Observation.NONE, output));
        return output;
    }
}
