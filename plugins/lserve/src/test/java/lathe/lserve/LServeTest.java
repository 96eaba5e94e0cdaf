package lathe.lserve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.spi.Plugin;
import lathe.spi.attention.AttentionPattern;
import lathe.spi.attention.AttentionPlan;
import lathe.spi.attention.Phase;
import lathe.spi.backend.AttentionCall;
import lathe.spi.kv.KvView;
import lathe.spi.kv.Observation;
import lathe.spi.kv.PlainSegment;
import lathe.spi.model.LayerInfo;
import lathe.spi.model.ModelInfo;
import lathe.spi.tensor.Selection;
import lathe.spi.tensor.Tensor;
import lathe.testkit.AttentionContract;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.GivenAttention;
import lathe.testkit.scene.Kernels;

class LServeTest extends AttentionContract {
    @Override
    protected Plugin plugin() {
        return new LServePlugin();
    }

    @Override
    protected Optional<String> everything() {
        return Optional.of("dynamicSparseTokenBudget = 4096");
    }

    @Override
    protected String little() {
        return "staticSparsity = 1, ctxSink = 4, ctxLocal = 16, decSink = 4, decLocal = 16";
    }

    @Test
    void noKeyOfAPartIsAboveItsBound() {
        PageStatistics statistics = new PageStatistics(16, 4);
        Tensor keys = normal("keys", 50, 16);
        statistics.add(keys);
        float[] query = normal("query", 16).toFloats();
        float[] products = keys.matmul(normal("query", 16).reshape(16, 1)).toFloats();
        for (int key = 0; key < 50; key++) {
            assertThat(statistics.bound(query, key / 4)).isGreaterThanOrEqualTo(products[key] - 1e-4f);
        }
    }

    @Test
    void finerPartsBoundPagesNoHigher() {
        PageStatistics coarse = new PageStatistics(16, 16);
        PageStatistics fine = new PageStatistics(16, 4);
        coarse.add(normal("keys", 100, 16));
        fine.add(normal("keys", 100, 16));
        float[] query = normal("query", 16).toFloats();
        float[] high = coarse.pageScores(query, 1);
        float[] low = fine.pageScores(query, 4);
        assertThat(low).hasSameSizeAs(high);
        for (int page = 0; page < high.length; page++) {
            assertThat(low[page]).isLessThanOrEqualTo(high[page]);
        }
    }

    /** How many of the pages with the largest products are among as many with the largest bounds. */
    private int found(Tensor keys, float[] query, int partSize, int pages) {
        PageStatistics statistics = new PageStatistics(16, partSize);
        statistics.add(keys);
        float[] products = keys.matmul(scope().of(query, 16, 1)).toFloats();
        float[] best = new float[products.length / 16];
        Arrays.fill(best, Float.NEGATIVE_INFINITY);
        for (int key = 0; key < products.length; key++) {
            best[key / 16] = Math.max(best[key / 16], products[key]);
        }
        boolean[] wanted = Selection.largest(best, pages);
        int found = 0;
        for (int page : Selection.indices(
                Selection.largest(statistics.pageScores(query, 16 / partSize), pages))) {
            found += wanted[page] ? 1 : 0;
        }
        return found;
    }

    @Test
    void finerPartsFindMoreOfTheBestPages() {
        Tensor keys = normal("many", 640, 16);
        int coarse = 0;
        int fine = 0;
        for (int i = 0; i < 40; i++) {
            float[] query = normal("query" + i, 16).toFloats();
            coarse += found(keys, query, 16, 8);
            fine += found(keys, query, 4, 8);
        }
        assertThat(fine).isGreaterThan(coarse);
        assertThat(coarse).as("and coarse ones more than chance does").isGreaterThan(40 * 8 * 8 / 40);
    }

    /** First slots of the pages that each head reads, step by step from 16 stored tokens on. */
    private List<List<int[]>> steps(int tokens, String settings) {
        LayerInfo layer = new LayerInfo(0, 1, 4, 2, 8, 8, 0.35, Optional.empty(), Optional.empty());
        Tensor keys = normal("step keys", 2, tokens, 8).copy();
        Tensor queries = normal("step queries", 4, tokens, 8).copy();
        AttentionPattern sequence = make(AttentionPattern.class, settings).forSequence(null);
        List<List<int[]>> steps = new ArrayList<>();
        for (int from = 0, to = 16; to <= tokens; from = to, to++) {
            AttentionPlan plan = sequence.plan(new GivenAttention(layer, from == 0 ? Phase.PREFILL : Phase.DECODE,
                    queries.slice(1, from, to).copy(), keys.slice(1, 0, to).copy(), keys.slice(1, 0, to).copy(),
                    IntStream.range(from, to).toArray(), scope(), new Findings()));
            if (from > 0) {
                steps.add(((AttentionPlan.PerHead) plan).plans().stream()
                        .map(head -> ((AttentionPlan.Tiles) head).ranges()).toList());
            }
        }
        return steps;
    }

    /** Reads of a prompt of 40 tokens and then token by token up to 90; heads 0 and 1 are of the first key/value head. */
    private interface Reads {
        boolean test(int head, int token, int key);
    }

    private void assertMasked(String settings, Reads reads) {
        LayerInfo layer = new LayerInfo(0, 1, 4, 2, 8, 8, 0.35, Optional.empty(), Optional.empty());
        Tensor queries = normal("step queries", 4, 90, 8).copy();
        Tensor keys = normal("step keys", 2, 90, 8).copy();
        Tensor values = normal("step values", 2, 90, 8).copy();
        AttentionPattern sequence = make(AttentionPattern.class, settings).forSequence(null);
        for (int from = 0, to = 40; to <= 90; from = to, to++) {
            int[] positions = IntStream.range(from, to).toArray();
            Tensor asking = queries.slice(1, from, to).copy();
            AttentionPlan plan = sequence.plan(new GivenAttention(layer, from == 0 ? Phase.PREFILL : Phase.DECODE,
                    asking, keys.slice(1, 0, to).copy(), values.slice(1, 0, to).copy(), positions, scope(),
                    new Findings()));
            Tensor output = scope().zeros(4, to - from, 8);
            int[] stored = IntStream.range(0, from).toArray();
            KvView view = from == 0
                    ? KvView.EMPTY
                    : new KvView(List.of(new PlainSegment(
                            List.of(keys.row(0).slice(0, 0, from), keys.row(1).slice(0, 0, from)),
                            List.of(values.row(0).slice(0, 0, from), values.row(1).slice(0, 0, from)),
                            List.of(stored, stored))));
            Kernels.REFERENCE.attend(new AttentionCall(layer, asking, positions, view,
                    keys.slice(1, from, to).copy(), values.slice(1, from, to).copy(), plan, true, 0,
                    Observation.NONE, output), scope());
            for (int head = 0; head < 4; head++) {
                for (int token = from; token < to; token++) {
                    int which = head;
                    int now = token;
                    assertThat(output.row(head).row(token - from).toFloats()).as("head %s, token %s", head, token)
                            .containsExactly(MaskedAttention.of(layer, queries.row(head).row(token),
                                    keys.row(head / 2), values.row(head / 2),
                                    key -> key <= now && reads.test(which, now, key)), within(1e-5f));
                }
            }
        }
    }

    @Test
    void streamingHeadsReadAsMaskedDenseAttentionAndTheOthersEverything(@TempDir Path folder) throws IOException {
        Path gates = Files.writeString(folder.resolve("gates.tsv"), "0.1\t0.9\n");
        assertMasked("staticSparsity = 0.5, ctxSink = 3, ctxLocal = 12, decSink = 4, decLocal = 8, gates = \"" + gates
                + "\"",
                (head, token, key) -> head > 1
                        || key < (token < 40 ? 3 : 4) || token - key < (token < 40 ? 12 : 8));
    }

    /** Trained gates are 0 or 1, most of them. */
    @Test
    void asManyHeadsStreamAsAskedForWhenGatesAreEqual() {
        for (double[] first : new double[][] {{1, 1, 1, 1}, {0.3, 1, 1, 1}, {0, 0, 0, 0}}) {
            double[][] gates = {first, {1, 1, 1, 1}, {1, 1, 1, 1}, {1, 1, 1, 1}};
            for (double sparsity : new double[] {0, 0.25, 0.5, 0.75, 1}) {
                boolean[][] labels = HeadLabels.label(gates, sparsity);
                for (int head = 0; head < 16; head++) {
                    assertThat(labels[head / 4][head % 4]).as("head %s of 16, %s of which stream", head, sparsity)
                            .isEqualTo(head >= 16 * sparsity);
                }
            }
        }
        assertThat(HeadLabels.label(new double[][] {{-2, 7, 0.5, 1}}, 0.5)[0]).as("gates are clipped")
                .containsExactly(false, true, false, true);
    }

    @Test
    void refusesGatesThatCannotBeRead(@TempDir Path folder) throws IOException {
        ModelInfo model = new ModelInfo("tiny", "llama", 8, 16, 64, 0, 0,
                List.of(new LayerInfo(0, 1, 4, 2, 8, 8, 0.35, Optional.empty(), Optional.empty())), Set.of());
        Path words = Files.writeString(folder.resolve("words.tsv"), "0.1 none");
        assertThat(refusal(folder.resolve("nofile.tsv"), model)).contains("cannot be read", "nofile.tsv");
        assertThat(refusal(words, model)).contains("Line 1", "no number");
        assertThat(refusal(Files.writeString(folder.resolve("short.tsv"), "1"), model)).contains("do not fit tiny");
    }

    private static String refusal(Path gates, ModelInfo model) {
        return new HeadLabels(0.5, Optional.of(gates)).refuses(model).orElseThrow().reason();
    }

    @Test
    void wantsPagesOfAPowerOfTwoAndABudgetOfWholePages() {
        assertThatThrownBy(() -> make(AttentionPattern.class, "pageSize = 48"))
                .hasMessageContaining("pageSize = 48 is no power of two");
        assertThatThrownBy(() -> make(AttentionPattern.class, "dynamicSparseTokenBudget = 100"))
                .hasMessageContaining("a multiple of pageSize = 64 would be right");
    }

    @Test
    void isDenseInEveryStepThatTheBudgetHolds() {
        assertMasked("pageSize = 8, dynamicSparseTokenBudget = 96", (head, token, key) -> true);
    }

    @Test
    void readsAsManyPagesAsTheBudgetHasAndAlwaysTheNewest() {
        List<List<int[]>> steps = steps(90, "pageSize = 8, dynamicSparseTokenBudget = 32, selectorUpdateInterval = 4");
        for (int step = 0; step < steps.size(); step++) {
            int stored = 16 + step;
            // With 32 tokens all pages are taken, the one that is begun among them; the next choice is four steps later.
            for (int[] pages : steps.get(step)) {
                assertThat(pages).as("with %d stored tokens", stored)
                        .hasSize(stored < 36 ? stored / 8 + 1 : 4)
                        .contains(stored / 8 * 8);
            }
        }
    }

    @Test
    void countsTheStatisticsThatItKeeps() {
        LayerInfo layer = new LayerInfo(0, 1, 4, 2, 8, 8, 0.35, Optional.empty(), Optional.empty());
        AttentionPattern sequence = make(AttentionPattern.class, "pageSize = 8, subChunkPerBlock = 2")
                .forSequence(null);
        assertThat(sequence.bytes()).isZero();
        Tensor keys = normal("step keys", 2, 21, 8).copy();
        sequence.plan(new GivenAttention(layer, Phase.PREFILL, normal("step queries", 4, 21, 8).copy(), keys, keys,
                IntStream.range(0, 21).toArray(), scope(), new Findings()));
        // Of two heads the largest and the smallest numbers of the six parts that 21 keys begin, in float32.
        assertThat(sequence.bytes()).isEqualTo(2 * 2 * 6 * 8 * 4);
    }

    @Test
    void choosesPagesAnewOnlyEveryFewSteps() {
        List<List<int[]>> steps = steps(90, "pageSize = 8, dynamicSparseTokenBudget = 32, selectorUpdateInterval = 4");
        List<List<int[]>> eager = steps(90, "pageSize = 8, dynamicSparseTokenBudget = 32, selectorUpdateInterval = 1");
        int changed = 0;
        for (int step = 1; step < steps.size(); step++) {
            boolean same = Arrays.deepEquals(steps.get(step).toArray(), steps.get(step - 1).toArray());
            assertThat(same || (16 + step) % 4 == 0).as("with %d stored tokens", 16 + step).isTrue();
            changed += Arrays.deepEquals(eager.get(step).toArray(), eager.get(step - 1).toArray()) ? 0 : 1;
        }
        assertThat(changed).as("what is chosen in every step changes in other steps, too").isGreaterThan(40);
    }
}
