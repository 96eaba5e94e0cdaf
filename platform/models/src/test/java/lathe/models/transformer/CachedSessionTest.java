package lathe.models.transformer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import lathe.models.architecture.Rope;
import lathe.spi.attention.AttentionPattern;
import lathe.spi.attention.AttentionPlan;
import lathe.spi.attention.AttentionScene;
import lathe.spi.attention.Phase;
import lathe.spi.kv.Budget;
import lathe.spi.kv.EvictionScene;
import lathe.spi.kv.Evictor;
import lathe.spi.kv.Observation;
import lathe.spi.kv.Observed;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Tensor;

/** Sequences that grow through caches of all kinds. */
class CachedSessionTest {
    private static final double CLOSE = 2e-5;
    private static final int PROMPT = 24;
    private static final int NEW = 6;

    @Test
    void tokenByTokenGivesTheLogitsOfOnePass() {
        try (SmallModel model = SmallModel.dense(3, 1)) {
            int[] tokens = model.tokens(PROMPT);
            Tensor whole = model.transformer().logits(Pass.whole(tokens), model.scope());
            try (CachedSession session = model.runnable(ServingPlan.PLAIN).open()) {
                for (int i = 0; i < PROMPT; i++) {
                    assertClose(session.advance(new int[] {tokens[i]}, model.scope()), whole.row(i));
                }
                assertThat(session.cacheBytes()).isEqualTo(3L * PROMPT * 2 * 2 * 8 * 4);
            }
        }
    }

    @Test
    void sixteenBitCachesTakeHalfTheMemoryAndStayClose() {
        try (SmallModel model = SmallModel.dense(2, 2)) {
            Run exact = run(model, ServingPlan.PLAIN, 0);
            Run half = run(model, ServingPlan.PLAIN.withElementType(DataType.BF16), 0);
            assertThat(half.bytes()).isEqualTo(exact.bytes() / 2);
            assertThat(Tensors.difference(half.last(), exact.last())).isLessThan(0.1).isPositive();
        }
    }

    @Test
    void whatAPatternKeepsIsCountedWithTheCache() {
        AttentionPattern hoarder = new AttentionPattern() {
            @Override
            public AttentionPlan plan(AttentionScene scene) {
                return new AttentionPlan.Dense();
            }

            @Override
            public long bytes() {
                return 1000;
            }
        };
        try (SmallModel model = SmallModel.dense(2, 2)) {
            assertThat(run(model, ServingPlan.PLAIN.withAttention(hoarder), 0).bytes())
                    .isEqualTo(run(model, ServingPlan.PLAIN, 0).bytes() + 1000);
        }
    }

    @Test
    void promptsInChunksGiveWhatWholeOnesGive() {
        try (SmallModel model = SmallModel.dense(2, 3)) {
            for (int chunk : new int[] {1, 5, 24, 100}) {
                assertClose(run(model, ServingPlan.PLAIN, chunk).last(), run(model, ServingPlan.PLAIN, 0).last());
            }
        }
    }

    @Test
    void promptsInChunksAreTurnedByTheLengthOfTheWholePrompt() {
        for (Rope.Scaling scaling : List.of(new Rope.Scaling.Dynamic(4, 10), longRope())) {
            try (SmallModel model = SmallModel.stretched(scaling, false, 3)) {
                for (int chunk : new int[] {1, 5, 20}) {
                    assertClose(run(model, ServingPlan.PLAIN, chunk).last(), run(model, ServingPlan.PLAIN, 0).last());
                }
            }
        }
    }

    @Test
    void aLongSequenceInThePassDoesNotStretchThePositionsOfAShortOne() {
        for (Rope.Scaling scaling : List.of(new Rope.Scaling.Dynamic(4, 10), longRope())) {
            try (SmallModel model = SmallModel.stretched(scaling, false, 3)) {
                RunnableModel runnable = model.runnable(ServingPlan.PLAIN);
                List<int[]> sequences = List.of(model.tokens(8), model.tokens(14), model.tokens(9));
                List<Tensor> together = runnable.logits(sequences, model.scope());
                for (int i = 0; i < sequences.size(); i++) {
                    assertClose(together.get(i), runnable.logits(sequences.get(i), model.scope()));
                }
            }
        }
    }

    private static Rope.Scaling longRope() {
        return new Rope.Scaling.Long(List.of(1.0, 1.1, 1.2, 1.3), List.of(2.0, 2.5, 3.0, 3.5), 10, 1.1);
    }

    @Test
    void evictorsSeeAChunkedPromptAsAWholeOne() {
        try (SmallModel model = SmallModel.dense(2, 4)) {
            for (int chunk : new int[] {1, 7, 20}) {
                Recorder whole = new Recorder();
                Recorder chunked = new Recorder();
                Run first = run(model, ServingPlan.PLAIN.withCache(whole, budget(10)), 0);
                Run second = run(model, ServingPlan.PLAIN.withCache(chunked, budget(10)), chunk);
                assertThat(chunked.seen).hasSameSizeAs(whole.seen);
                for (int i = 0; i < whole.seen.size(); i++) {
                    assertThat(chunked.seen.get(i)).hasSameSizeAs(whole.seen.get(i));
                    for (int j = 0; j < whole.seen.get(i).length; j++) {
                        assertThat(chunked.seen.get(i)[j]).isCloseTo(whole.seen.get(i)[j],
                                org.assertj.core.api.Assertions.within(1e-4f));
                    }
                }
                assertClose(second.last(), first.last());
            }
        }
    }

    @Test
    void anEvictedCacheReadsWhatAPatternOfTheKeptTokensReads() {
        try (SmallModel model = SmallModel.dense(2, 5)) {
            // Heads keep different numbers of tokens; the set depends on the block.
            Evictor uneven = new FixedChoice();
            Run evicted = run(model,
                    ServingPlan.PLAIN.withCache(uneven, new Budget(0, Optional.empty(), Optional.empty(), false)), 0);
            Run masked = run(model, ServingPlan.PLAIN.withAttention(new SamePattern()), 0);
            assertClose(evicted.last(), masked.last());
            assertThat(evicted.bytes()).isLessThan(masked.bytes());
        }
    }

    @Test
    void rerotatedTokensStandWithoutGaps() {
        try (SmallModel model = SmallModel.dense(2, 6)) {
            // The first ten tokens stay, so that the rest of the prompt might never have been.
            Evictor prefix = new Evictor() {
                @Override
                public Tensor score(EvictionScene scene) {
                    Tensor score = scene.scope().zeros(SmallModel.KV_HEADS, scene.tokens(0));
                    for (int slot = 0; slot < scene.tokens(0); slot++) {
                        score.set(-slot, 0, slot);
                        score.set(-slot, 1, slot);
                    }
                    return score;
                }
            };
            int[] tokens = model.tokens(PROMPT + NEW);
            Budget budget = new Budget(0, Optional.of(10), Optional.of(false), true);
            Run rerotated = run(model, ServingPlan.PLAIN.withCache(prefix, budget), 0);
            int[] without = IntStream.concat(Arrays.stream(tokens, 0, 10), Arrays.stream(tokens, PROMPT, PROMPT + NEW))
                    .toArray();
            Tensor expected = model.transformer().logits(Pass.whole(without), model.scope());
            assertClose(rerotated.last(), expected.row(without.length - 1));
        }
    }

    @Test
    void budgetsHoldWhileDecodingAndMemoryIsFreed() {
        try (SmallModel model = SmallModel.dense(1, 7)) {
            Evictor oldest = scene -> {
                Tensor score = scene.scope().zeros(SmallModel.KV_HEADS, scene.tokens(0));
                for (int head = 0; head < SmallModel.KV_HEADS; head++) {
                    int[] positions = scene.positions(head);
                    for (int slot = 0; slot < positions.length; slot++) {
                        score.set(positions[slot], head, slot);
                    }
                }
                return score;
            };
            RunnableModel runnable = model.runnable(ServingPlan.PLAIN.withCache(oldest, budget(8)));
            try (CachedSession session = runnable.open()) {
                session.advance(model.tokens(400), model.scope());
                long token = 2 * (2 * 8 * 4 + 4);
                assertThat(session.cacheBytes()).isEqualTo(8 * token);
                for (int i = 0; i < 50; i++) {
                    session.advance(new int[] {i}, model.scope());
                    assertThat(session.cacheBytes()).isEqualTo(8 * token);
                }
            }
        }
    }

    @Test
    void aSlidingWindowOfThePatternEqualsAnEvictionOfTheOldest() {
        try (SmallModel model = SmallModel.dense(1, 8)) {
            Evictor newest = scene -> {
                Tensor score = scene.scope().zeros(SmallModel.KV_HEADS, scene.tokens(0));
                for (int head = 0; head < SmallModel.KV_HEADS; head++) {
                    for (int slot = 0; slot < scene.tokens(0); slot++) {
                        score.set(slot, head, slot);
                    }
                }
                return score;
            };
            Run evicted = run(model, ServingPlan.PLAIN.withCache(newest, budget(9)), 0);
            // A query reads the nine kept tokens and itself.
            AttentionPattern window = scene -> scene.phase() == Phase.PREFILL
                    ? new AttentionPlan.Dense()
                    : new AttentionPlan.SinkWindow(0, 10);
            assertClose(evicted.last(), run(model, ServingPlan.PLAIN.withAttention(window), 0).last());
        }
    }

    @Test
    void patternsSeeRowProbabilitiesAndBlockScores() {
        try (SmallModel model = SmallModel.dense(1, 9)) {
            List<float[]> rows = new ArrayList<>();
            AttentionPattern looking = scene -> {
                if (scene.phase() == Phase.DECODE) {
                    rows.add(scene.rowProbabilities(3, 1).toFloats());
                    assertThat(scene.keyPositions(1)).isEqualTo(IntStream.range(0, scene.keyCount(1)).toArray());
                    Tensor scores = scene.blockScores(2, 1, 4);
                    Tensor query = scene.queries().row(2).row(0);
                    Tensor keys = scene.keys().row(1).slice(0, 4, 8);
                    double expected = keys.mean(0).multiply(query).sum() * scene.layer().scale();
                    assertThat(scores.get(0, 1)).isCloseTo(expected, org.assertj.core.api.Assertions.within(1e-5));
                }
                return new AttentionPlan.Dense();
            };
            Recorder recorder = new Recorder();
            run(model, ServingPlan.PLAIN.withAttention(looking)
                    .withCache(recorder, new Budget(0, Optional.of(100), Optional.of(true), false)), 0);
            assertThat(rows).hasSize(NEW);
            for (int i = 0; i < NEW; i++) {
                float[] observed = recorder.seen.get(i + 1);
                float[] last = Arrays.copyOfRange(observed, observed.length - rows.get(i).length, observed.length);
                assertThat(last).usingComparatorWithPrecision(1e-5f).containsExactly(rows.get(i));
            }
        }
    }

    @Test
    void whoLooksOnAndTheCacheEachSeeTheSumsThatTheyAskFor() {
        try (SmallModel model = SmallModel.dense(1, 9)) {
            Recorder recorder = new Recorder();
            List<Tensor> watched = new ArrayList<>();
            ForwardListener listener = new ForwardListener() {
                @Override
                public Observation observes(int block) {
                    return Observation.ofColumnSums(1).and(Observation.ofLogSumExp());
                }

                @Override
                public void attended(int block, int sequence, Observed observed) {
                    watched.add(observed.columnSums().orElseThrow().in(model.scope()).copy());
                    assertThat(observed.logSumExp().orElseThrow().shape().size(1)).isEqualTo(PROMPT);
                }
            };
            ServingPlan plan = ServingPlan.PLAIN.withCache(recorder, budget(100));
            try (CachedSession session = model.runnable(plan).watchedBy(listener).open()) {
                session.advance(Arrays.copyOf(model.tokens(PROMPT + NEW), PROMPT), model.scope());
            }
            double heads = watched.getFirst().size(0);
            assertThat(watched.getFirst().sum()).isCloseTo(heads, org.assertj.core.api.Assertions.within(1e-4));
            run(model, plan, 0);
            assertThat(recorder.seen.get(0)).as("the cache's sums are over all queries as without anybody looking on")
                    .isEqualTo(recorder.seen.get(1));
        }
    }

    @Test
    void patternsWorkInOnePassAsThroughTheCache() {
        try (SmallModel model = SmallModel.dense(2, 10)) {
            ServingPlan plan = ServingPlan.PLAIN.withAttention(scene -> new AttentionPlan.SinkWindow(2, 5));
            RunnableModel runnable = model.runnable(plan);
            int[] tokens = model.tokens(PROMPT);
            Tensor whole = runnable.logits(tokens, model.scope());
            try (CachedSession session = runnable.open()) {
                for (int i = 0; i < PROMPT; i++) {
                    assertClose(session.advance(new int[] {tokens[i]}, model.scope()), whole.row(i));
                }
            }
        }
    }

    private static Budget budget(int tokens) {
        return new Budget(0, Optional.of(tokens), Optional.empty(), false);
    }

    /** The prompt, in chunks or whole, then new tokens one by one. */
    private static Run run(SmallModel model, ServingPlan plan, int chunk) {
        int[] tokens = model.tokens(PROMPT + NEW);
        try (CachedSession session = model.runnable(plan).open()) {
            if (chunk == 0) {
                session.advance(Arrays.copyOf(tokens, PROMPT), model.scope());
            } else {
                for (int from = 0; from < PROMPT; from += chunk) {
                    int to = Math.min(PROMPT, from + chunk);
                    session.prefill(Arrays.copyOfRange(tokens, from, to), PROMPT, model.scope());
                }
            }
            Tensor last = null;
            for (int i = PROMPT; i < PROMPT + NEW; i++) {
                last = session.advance(new int[] {tokens[i]}, model.scope());
            }
            return new Run(last, session.cacheBytes());
        }
    }

    private record Run(Tensor last, long bytes) {}

    private static void assertClose(Tensor actual, Tensor expected) {
        assertThat(Tensors.difference(actual, expected)).isLessThanOrEqualTo(CLOSE);
    }

    /** Keeps by accumulated attention and remembers all that it could see. */
    private static final class Recorder implements Evictor {
        private final List<float[]> seen = new ArrayList<>();

        @Override
        public Observation observes(Phase phase) {
            return new Observation(3, true);
        }

        @Override
        public Tensor score(EvictionScene scene) {
            if (scene.layer().block() == 0) {
                Tensor rows = scene.lastRows().orElseThrow();
                float[] all = new float[0];
                for (Tensor part : List.of(scene.accumulated().orElseThrow(), scene.keys(), scene.values(),
                        scene.queries(), scene.plainQueries(), rows)) {
                    float[] values = part.toFloats();
                    int before = all.length;
                    all = Arrays.copyOf(all, before + values.length);
                    System.arraycopy(values, 0, all, before, values.length);
                }
                seen.add(all);
            }
            return scene.accumulated().orElseThrow();
        }
    }

    /** Slots that stay of a prompt, by block and head. */
    private static int[] choice(int block, int head) {
        return IntStream.range(0, PROMPT).filter(slot -> slot % (2 + block + head) == 0).toArray();
    }

    private static final class FixedChoice implements Evictor {
        @Override
        public Tensor score(EvictionScene scene) {
            throw new AssertionError("the choice is fixed");
        }

        @Override
        public int[][] keep(EvictionScene scene) {
            return IntStream.range(0, SmallModel.KV_HEADS).mapToObj(head -> choice(scene.layer().block(), head))
                    .toArray(int[][]::new);
        }
    }

    /** Reads of the prompt what {@link FixedChoice} keeps, and all new tokens. */
    private static final class SamePattern implements AttentionPattern {
        @Override
        public AttentionPlan plan(lathe.spi.attention.AttentionScene scene) {
            if (scene.phase() == Phase.PREFILL) {
                return new AttentionPlan.Dense();
            }
            return AttentionPlan.perHead(SmallModel.HEADS, head -> {
                int[] kept = choice(scene.layer().block(), head / 2);
                int[] slots = IntStream.concat(Arrays.stream(kept),
                        IntStream.range(PROMPT, scene.keyCount(head / 2))).toArray();
                return new AttentionPlan.Indices(new int[] {0, slots.length}, slots);
            });
        }
    }
}
