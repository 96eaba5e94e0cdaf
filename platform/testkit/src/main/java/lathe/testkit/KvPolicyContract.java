package lathe.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

import lathe.engine.Engine;
import lathe.models.cache.EvictingStore;
import lathe.spi.Kind;
import lathe.spi.kv.Budget;
import lathe.spi.kv.Evictor;
import lathe.spi.kv.KeyForm;
import lathe.spi.kv.KvPolicy;
import lathe.spi.kv.KvStore;
import lathe.spi.kv.TokenClasses;
import lathe.spi.model.LayerInfo;
import lathe.spi.model.Rotary;
import lathe.spi.tensor.Tensor;
import lathe.testkit.reference.FixedRandom;
import lathe.testkit.reference.ReferenceRotary;
import lathe.testkit.scene.CacheRun;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.Kernels;
import lathe.testkit.scene.RunContext;

/** What every cache policy promises, evictors in the platform's store among them. */
public abstract class KvPolicyContract extends MethodContract {
    private static final int HEADS = 4;
    private static final int KV_HEADS = 2;
    private static final int DIM = 16;
    private static final int PROMPT = 40;
    private static final int STEPS = 30;
    private static final double CLOSE = 1e-4;

    /** The first token begins the text, and every ninth is punctuation. */
    private static final TokenClasses SORTS = new TokenClasses() {
        @Override
        public boolean special(int token) {
            return token == 0;
        }

        @Override
        public boolean punctuation(int token) {
            return token % 9 == 4;
        }
    };

    /** Made by subclasses. */
    protected KvPolicyContract() {
        super();
    }

    @Override
    protected final Kind kind() {
        return Kind.KV_POLICY;
    }

    /**
     * Settings with which a cache of a hundred tokens is kept as it is.
     *
     * @return HOCON
     */
    protected abstract String everything();

    /**
     * Settings with which {@link #kept()} tokens stay of a prompt of forty.
     *
     * @return HOCON
     */
    protected abstract String little();

    /**
     * Tokens that stay of a prompt of forty with {@link #little()}, over all key/value heads on average.
     *
     * @return tokens a head
     */
    protected abstract int kept();

    /**
     * Whether the number of tokens stays the same while decoding with {@link #little()}.
     *
     * @return true, unless overridden
     */
    protected boolean evictsWhileDecoding() {
        return true;
    }

    /**
     * Largest difference of outputs to those of a full cache with {@link #everything()}: not 0 where tokens are packed.
     *
     * @return 1e-4, unless overridden
     */
    protected double tolerance() {
        return CLOSE;
    }

    /**
     * Whether fewer bytes are taken with {@link #little()} than in a full cache.
     *
     * @return true, unless overridden
     */
    protected boolean savesMemory() {
        return true;
    }

    private static LayerInfo layer() {
        return new LayerInfo(0, 1, HEADS, KV_HEADS, DIM, DIM, 1 / Math.sqrt(DIM), Optional.empty(),
                Optional.of(Rotary.plain(10000, DIM)));
    }

    private KvStore open(String hocon) {
        RunContext context = new RunContext(
                scope(), new FixedRandom(1).stream("cache", 0), new Findings(), Optional.of(SORTS));
        if (method().contract() == Evictor.class) {
            var made = made(Engine.shared().parallel(), List.of(Budget.class), hocon);
            return new EvictingStore(layer(), context, (Evictor) made.method(), (Budget) made.common().getFirst(),
                    (of, keys, positions) -> ReferenceRotary.rotate(keys, positions, of.rotary().orElseThrow()));
        }
        return make(KvPolicy.class, hocon).open(layer(), context);
    }

    /** A prompt and steps; outputs of all tokens and what was kept after each pass. */
    private final class Run implements AutoCloseable {
        private final CacheRun cache;
        private final List<Tensor> outputs = new ArrayList<>();
        private final List<List<double[]>> kept = new ArrayList<>();

        Run(KvStore store) {
            this.cache = new CacheRun(Kernels.REFERENCE, scope(), layer(), store);
        }

        Run through(int steps) {
            boolean slots = cache.store().keyForm() == KeyForm.SLOT_POSITIONS;
            Tensor plain = normal("queries", HEADS, PROMPT, DIM);
            Tensor keys = normal("keys", KV_HEADS, PROMPT, DIM);
            Tensor queries = slots ? plain : at(plain, 0);
            outputs.add(cache.prompt(new CacheRun.Prompt(queries, plain, slots ? keys : at(keys, 0),
                    normal("values", KV_HEADS, PROMPT, DIM), slots)));
            kept.add(cache.kept());
            for (int step = 0; step < steps; step++) {
                Tensor query = normal("query " + step, HEADS, 1, DIM);
                Tensor key = normal("key " + step, KV_HEADS, 1, DIM);
                outputs.add(cache.step(
                        (slots ? query : at(query, PROMPT + step)).reshape(HEADS, DIM),
                        (slots ? key : at(key, PROMPT + step)).reshape(KV_HEADS, DIM),
                        normal("value " + step, KV_HEADS, DIM)));
                kept.add(cache.kept());
            }
            return this;
        }

        private Tensor at(Tensor heads, int position) {
            int[] positions = IntStream.range(position, position + heads.size(1)).toArray();
            return Kernels.REFERENCE.rotated(heads, positions, layer(), scope());
        }

        @Override
        public void close() {
            cache.close();
        }
    }

    private Run run(String hocon, int steps) {
        return new Run(open(hocon)).through(steps);
    }

    @Test
    void equalsAFullCacheWhenEverythingFits() {
        try (Run run = run(everything(), STEPS); Run full = new Run(new KeepingStore(scope())).through(STEPS)) {
            for (int pass = 0; pass <= STEPS; pass++) {
                assertThat(run.outputs.get(pass).subtract(full.outputs.get(pass)).maxAbs())
                        .as("pass %s", pass)
                        .isLessThan(tolerance());
                for (double[] positions : run.kept.get(pass)) {
                    assertThat(positions).hasSize(PROMPT + pass);
                }
            }
        }
    }

    @Test
    void keepsAsManyTokensOfAPromptAsItSays() {
        try (Run run = run(little(), 0)) {
            int all = run.kept.getFirst().stream().mapToInt(positions -> positions.length).sum();
            assertThat(all).isEqualTo(kept() * KV_HEADS);
        }
    }

    @Test
    void staysWithinItsSizeWhileDecoding() {
        try (Run run = run(little(), STEPS)) {
            for (int pass = 0; pass <= STEPS; pass++) {
                int all = run.kept.get(pass).stream().mapToInt(positions -> positions.length).sum();
                int expected = kept() + (evictsWhileDecoding() ? 0 : pass);
                assertThat(all).as("tokens after %s steps", pass).isEqualTo(expected * KV_HEADS);
            }
        }
    }

    @Test
    void keepsPositionsAscendingAndOnlyOfTokensThatWere() {
        try (Run run = run(little(), STEPS)) {
            for (int pass = 0; pass <= STEPS; pass++) {
                for (double[] positions : run.kept.get(pass)) {
                    assertThat(positions).isSorted().doesNotHaveDuplicates();
                    assertThat(Arrays.stream(positions).max().orElse(0)).isLessThan(PROMPT + pass);
                }
            }
        }
    }

    @Test
    void neverBringsADroppedTokenBack() {
        try (Run run = run(little(), STEPS)) {
            for (int pass = 1; pass <= STEPS; pass++) {
                int newest = PROMPT + pass - 1;
                for (int head = 0; head < KV_HEADS; head++) {
                    double[] before = run.kept.get(pass - 1).get(head);
                    double[] older = Arrays.stream(run.kept.get(pass).get(head))
                            .filter(position -> position < newest)
                            .toArray();
                    assertThat(before).contains(older);
                }
            }
        }
    }

    @Test
    void takesLessMemoryThanAFullCache() {
        Assumptions.assumeTrue(savesMemory(), "The policy saves nothing.");
        try (Run run = run(little(), STEPS); Run full = new Run(new KeepingStore(scope())).through(STEPS)) {
            assertThat(run.cache.store().bytes()).isPositive().isLessThan(full.cache.store().bytes());
        }
    }

    private void assumeCommonKeys() {
        Assumptions.assumeTrue(method().contract() == Evictor.class || hasKey("rerotate"),
                "The policy drops no tokens by a common ratio or budget.");
    }

    private static int tokens(Run run, int pass) {
        return run.kept.get(pass).stream().mapToInt(positions -> positions.length).sum();
    }

    @Test
    void keepsTheShareOrTheNumberThatTheCommonKeysSay() {
        assumeCommonKeys();
        for (String hocon : List.of("compressionRatio = 0.5", "budget = 20")) {
            try (Run run = run(hocon, 0)) {
                assertThat(tokens(run, 0)).as(hocon).isEqualTo(20 * KV_HEADS);
            }
        }
    }

    @Test
    void holdsItsSizeWhileDecodingIfItIsAskedTo() {
        assumeCommonKeys();
        for (String hocon : List.of("compressionRatio = 0.5", "budget = 20")) {
            try (Run held = run(hocon + "\nwhileDecoding = true", 8);
                    Run grown = run(hocon + "\nwhileDecoding = false", 8)) {
                for (int pass = 0; pass <= 8; pass++) {
                    assertThat(tokens(held, pass)).as("%s, %s steps", hocon, pass).isEqualTo(20 * KV_HEADS);
                    assertThat(tokens(grown, pass)).as("%s, %s steps", hocon, pass)
                            .isEqualTo((20 + pass) * KV_HEADS);
                }
            }
        }
    }

    @Test
    void equalsAFullCacheWithRerotationWhenEverythingFits() {
        assumeCommonKeys();
        try (Run run = run("budget = 100\nrerotate = true", 8);
                Run full = new Run(new KeepingStore(scope())).through(8)) {
            for (int pass = 0; pass <= 8; pass++) {
                assertThat(run.outputs.get(pass).subtract(full.outputs.get(pass)).maxAbs())
                        .as("pass %s", pass)
                        .isLessThan(CLOSE);
            }
        }
    }

    @Test
    void rerotatedKeysStandWithoutGapsRightBeforeTheQuery() {
        assumeCommonKeys();
        try (Run run = run("budget = 12\nwhileDecoding = true\nrerotate = true", 6)) {
            assertThat(run.cache.store().keyForm()).isEqualTo(KeyForm.SLOT_POSITIONS);
            for (int step = 0; step < 6; step++) {
                for (int head = 0; head < HEADS; head++) {
                    int kvHead = head / (HEADS / KV_HEADS);
                    double[] expected = withoutGaps(step, head, kvHead, run.kept.get(step).get(kvHead));
                    Tensor actual = run.outputs.get(step + 1).row(head).copy();
                    for (int feature = 0; feature < DIM; feature++) {
                        assertThat(actual.get(feature)).as("step %s, head %s", step, head)
                                .isCloseTo(expected[feature], within(CLOSE));
                    }
                }
            }
        }
    }

    /** By definition: kept key i at position i, the new key and the query at the position after them. */
    private double[] withoutGaps(int step, int head, int kvHead, double[] kept) {
        int count = kept.length + 1;
        Tensor keys = scope().zeros(count, DIM);
        Tensor values = scope().zeros(count, DIM);
        for (int i = 0; i < count; i++) {
            int at = i < kept.length ? (int) kept[i] : PROMPT + step;
            keys.row(i).assign(given("key", at).row(kvHead));
            values.row(i).assign(given("value", at).row(kvHead));
        }
        int[] positions = IntStream.range(0, count).toArray();
        Tensor turned = Kernels.REFERENCE.rotated(keys.reshape(1, count, DIM), positions, layer(), scope());
        Tensor query = Kernels.REFERENCE.rotated(
                normal("query " + step, HEADS, 1, DIM), new int[] {kept.length}, layer(), scope()).row(head);
        Tensor weights = query.copy().matmulTransposed(turned.row(0)).multiply(layer().scale()).softmax();
        float[] result = weights.matmul(values).toFloats();
        return IntStream.range(0, DIM).mapToDouble(i -> result[i]).toArray();
    }

    /** Keys or values [kvHeads, d] of one position as the run was given them, before rotation. */
    private Tensor given(String name, int position) {
        if (position >= PROMPT) {
            String purpose = name + " " + (position - PROMPT);
            return normal(purpose, KV_HEADS, DIM);
        }
        Tensor all = normal(name + "s", KV_HEADS, PROMPT, DIM);
        return all.slice(1, position, position + 1).copy().reshape(KV_HEADS, DIM);
    }

    @Test
    void decodesTheSameTwice() {
        try (Run first = run(little(), STEPS); Run second = run(little(), STEPS)) {
            for (int pass = 0; pass <= STEPS; pass++) {
                assertThat(second.outputs.get(pass).toFloats())
                        .containsExactly(first.outputs.get(pass).toFloats(), within(0f));
            }
        }
    }
}
