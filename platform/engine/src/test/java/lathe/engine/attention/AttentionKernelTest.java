package lathe.engine.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import lathe.engine.Engine;
import lathe.engine.kernels.CpuBackend;
import lathe.spi.attention.AttentionPlan;
import lathe.spi.backend.AttentionCall;
import lathe.spi.backend.AttentionResult;
import lathe.spi.backend.Compute;
import lathe.spi.kv.KvView;
import lathe.spi.kv.Observation;
import lathe.spi.model.LayerInfo;
import lathe.spi.numeric.Parallel;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Random calls against the definition. Plans: 0 dense, 1 sinks and window, 2 tiles, 3 lists, 4 one of these a head. */
class AttentionKernelTest {
    private static final long SEED = 7;
    private static final int[][] SIZES = {{1, 0}, {1, 9}, {1, 300}, {5, 0}, {3, 140}, {70, 0}, {150, 33}, {40, 170}};

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4})
    void readsExactlyWhatThePlanSays(int plan) {
        try (Compute compute = new CpuBackend().open(Engine.shared().parallel())) {
            for (int round = 0; round < 12; round++) {
                for (int[] size : SIZES) {
                    long seed = SEED + 1000L * round + 10 * plan + size[0] + size[1];
                    try (Scope scope = Engine.shared().openScope()) {
                        AttentionCall call = new RandomCalls(seed, scope).next(size[0], size[1], plan);
                        check(call, compute.attention(call), scope, seed);
                    }
                }
            }
        }
    }

    private static void check(AttentionCall call, AttentionResult result, Scope scope, long seed) {
        NaiveAttention naive = new NaiveAttention(call, scope);
        int queries = call.queryPositions().length;
        for (int head = 0; head < call.layer().heads(); head++) {
            for (int query = 0; query < queries; query++) {
                for (int j = 0; j < call.layer().valueDim(); j++) {
                    assertThat(call.output().get(head, query, j)).as("seed %d, head %d, query %d", seed, head, query)
                            .isCloseTo(naive.output[head][query][j], offset(5e-6));
                }
            }
        }
        assertThat(result.computedPairs()).as("seed %d", seed).isEqualTo(naive.pairs);
        int last = Math.min(call.observation().lastRows(), queries);
        checkRows(IntStream.range(queries - last, queries).toArray(), result.observed().lastRows(), naive, seed);
        checkRows(call.observation().chosenRows().stream().mapToInt(row -> row).filter(row -> row < queries).toArray(),
                result.observed().chosenRows(), naive, seed);
        checkSums(call, result.observed().columnSums(), naive, seed);
        checkLogSumExp(call, result.observed().logSumExp(), naive, seed);
    }

    private static void checkRows(int[] wanted, Optional<Tensor> rows, NaiveAttention naive, long seed) {
        assertThat(rows.isPresent()).isEqualTo(wanted.length > 0);
        rows.ifPresent(tensor -> {
            assertThat(tensor.size(1)).isEqualTo(wanted.length);
            for (int head = 0; head < tensor.size(0); head++) {
                for (int i = 0; i < wanted.length; i++) {
                    double[] row = naive.probabilities[head][wanted[i]];
                    for (int slot = 0; slot < tensor.size(2); slot++) {
                        assertThat(tensor.get(head, i, slot)).as("seed %d, head %d, row %d", seed, head, wanted[i])
                                .isCloseTo(slot < row.length ? row[slot] : 0, offset(2e-6));
                    }
                }
            }
        });
    }

    private static void checkSums(AttentionCall call, Optional<Tensor> sums, NaiveAttention naive, long seed) {
        assertThat(sums.isPresent()).isEqualTo(call.observation().columnSums());
        int queries = call.queryPositions().length;
        int first = queries - Math.min(queries, call.observation().summedRows());
        sums.ifPresent(tensor -> {
            for (int head = 0; head < call.layer().heads(); head++) {
                for (int slot = 0; slot < tensor.size(1); slot++) {
                    double sum = 0;
                    for (int query = first; query < queries; query++) {
                        double[] row = naive.probabilities[head][query];
                        sum += slot < row.length ? row[slot] : 0;
                    }
                    assertThat(tensor.get(head, slot)).as("seed %d, head %d, slot %d", seed, head, slot)
                            .isCloseTo(sum, offset(2e-5));
                }
            }
        });
    }

    private static void checkLogSumExp(AttentionCall call, Optional<Tensor> sums, NaiveAttention naive, long seed) {
        assertThat(sums.isPresent()).isEqualTo(call.observation().logSumExp());
        sums.ifPresent(tensor -> {
            for (int head = 0; head < tensor.size(0); head++) {
                for (int query = 0; query < tensor.size(1); query++) {
                    double naively = naive.logSumExp[head][query];
                    assertThat(tensor.get(head, query)).as("seed %d, head %d, query %d", seed, head, query)
                            .satisfiesAnyOf(found -> assertThat(found).isEqualTo(naively),
                                    found -> assertThat(found).isCloseTo(naively, offset(5e-6)));
                }
            }
        });
    }

    @Test
    void givesTheSameBitsWithAnyNumberOfThreads() {
        try (Compute many = new CpuBackend().open(Engine.shared().parallel());
                Compute one = new CpuBackend().open(Parallel.SEQUENTIAL);
                Scope scope = Engine.shared().openScope()) {
            for (int plan = 0; plan < 5; plan++) {
                for (int queries : new int[] {1, 100}) {
                    AttentionCall call = new RandomCalls(SEED + plan, scope).next(queries, 2500, plan);
                    many.attention(call);
                    float[] output = call.output().copy().toFloats();
                    one.attention(call);
                    assertThat(Arrays.equals(call.output().copy().toFloats(), output)).as("plan %d", plan).isTrue();
                }
            }
        }
    }

    /** Keys are then read in ranges and put together. */
    @Test
    void readsOneQueryOverManyKeysAsTheDefinitionSays() {
        try (Compute many = new CpuBackend().open(Engine.shared().parallel());
                Compute one = new CpuBackend().open(Parallel.SEQUENTIAL)) {
            for (int plan = 0; plan < 5; plan++) {
                try (Scope scope = Engine.shared().openScope()) {
                    AttentionCall any = new RandomCalls(SEED + plan, scope).next(1, 7000, plan);
                    AttentionCall call = new AttentionCall(any.layer(), any.queries(), any.queryPositions(),
                            any.stored(), any.newKeys(), any.newValues(), any.plan(), any.causal(), any.softcap(),
                            Observation.NONE, any.output());
                    check(call, many.attention(call), scope, SEED + plan);
                    float[] output = call.output().copy().toFloats();
                    one.attention(call);
                    assertThat(call.output().copy().toFloats()).as("plan %d", plan).isEqualTo(output);
                }
            }
        }
    }

    /** Claim of the card: n rows of a window W read W n - W (W - 1) / 2 keys. */
    @Test
    void countsThePairsOfAWindowExactly() {
        try (Compute compute = new CpuBackend().open(Engine.shared().parallel());
                Scope scope = Engine.shared().openScope()) {
            int n = 333;
            int window = 50;
            AttentionCall call = call(scope, n, new AttentionPlan.SinkWindow(0, window));
            assertThat(compute.attention(call).computedPairs())
                    .isEqualTo((long) window * n - window * (window - 1) / 2);
            long full = compute.attention(call(scope, n, new AttentionPlan.Dense())).computedPairs();
            assertThat(full).isEqualTo(n * (n + 1L) / 2);
        }
    }

    @Test
    void keepsSoftmaxExactForScoresOfSeveralHundred() {
        try (Compute compute = new CpuBackend().open(Engine.shared().parallel());
                Scope scope = Engine.shared().openScope()) {
            AttentionCall call = call(scope, 40, new AttentionPlan.Dense());
            call.queries().assign(call.queries().multiply(100));
            compute.attention(call);
            NaiveAttention naive = new NaiveAttention(call, scope);
            for (int query = 0; query < 40; query++) {
                assertThat(call.output().get(0, query, 3)).isCloseTo(naive.output[0][query][3], offset(3e-4));
            }
        }
    }

    @Test
    void copiesWhatAPatternComputedItself() {
        try (Compute compute = new CpuBackend().open(Engine.shared().parallel());
                Scope scope = Engine.shared().openScope()) {
            Tensor made = scope.zeros(1, 4, 16).fill(3);
            AttentionCall call = call(scope, 4, new AttentionPlan.Computed(made));
            compute.attention(call);
            assertThat(call.output().toFloats()).containsOnly(3f);
        }
    }

    @Test
    void refusesAPlanOfAnotherNumberOfQueries() {
        try (Compute compute = new CpuBackend().open(Parallel.SEQUENTIAL);
                Scope scope = Engine.shared().openScope()) {
            AttentionPlan plan = new AttentionPlan.Indices(new int[] {0, 1}, new int[] {0});
            assertThatThrownBy(() -> compute.attention(call(scope, 4, plan))).hasMessageContaining("1 queries")
                    .hasMessageContaining("4 queries");
        }
    }

    private static AttentionCall call(Scope scope, int n, AttentionPlan plan) {
        LayerInfo layer = new LayerInfo(0, 1, 1, 1, 16, 16, 0.25, Optional.empty(), Optional.empty());
        int[] positions = new int[n];
        float[] values = new float[n * 16];
        Random random = new Random(n);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
            positions[i / 16] = i / 16;
        }
        Tensor tokens = scope.of(values, 1, n, 16);
        return new AttentionCall(layer, tokens.copy(), positions, KvView.EMPTY, tokens, tokens, plan, true, 0,
                Observation.NONE, scope.zeros(1, n, 16));
    }
}
