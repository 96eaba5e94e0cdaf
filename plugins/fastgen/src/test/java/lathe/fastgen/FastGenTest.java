package lathe.fastgen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntBinaryOperator;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import lathe.spi.Plugin;
import lathe.spi.kv.FullStore;
import lathe.spi.kv.KvPolicy;
import lathe.spi.kv.KvStore;
import lathe.spi.kv.TokenClasses;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Tensor;
import lathe.testkit.KvPolicyContract;
import lathe.testkit.scene.CacheRun;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.Kernels;
import lathe.testkit.scene.RunContext;

class FastGenTest extends KvPolicyContract {
    private static final LayerInfo LAYER = new LayerInfo(0, 1, 4, 2, 8, 8, 0.35, Optional.empty(), Optional.empty());

    @Override
    protected Plugin plugin() {
        return new FastGenPlugin();
    }

    @Override
    protected String everything() {
        return "recovery = 1";
    }

    @Override
    protected String little() {
        return "policies = [\"special+frequent+local\", full], fixed = [0], globalTokens = 0, local = 0.2, frequent = 0.2";
    }

    @Override
    protected int kept() {
        return 17;
    }

    private static PromptMass mass(int tokens, IntBinaryOperator weight) {
        double[] columns = new double[tokens];
        double[] recent = new double[tokens];
        int window = PromptMass.window(0.3, tokens);
        for (int query = 0; query < tokens; query++) {
            double sum = 0;
            for (int key = 0; key <= query; key++) {
                sum += weight.applyAsInt(query, key);
            }
            for (int key = 0; key <= query; key++) {
                double share = weight.applyAsInt(query, key) / sum;
                columns[key] += share;
                recent[key] += query - key < window ? share : 0;
            }
        }
        return new PromptMass(columns, recent);
    }

    private HeadProfile profile(PromptMass mass) {
        FastGenConfig config = new FastGenConfig(0.9, 0.3, 0.1, 2, 400, Optional.empty(), List.of("special",
                "special+punctuation", "special+punctuation+frequent", "special+punctuation+frequent+local", "full"),
                List.of(), false);
        return new HeadProfile(config, IntStream.range(0, mass.tokens())
                .mapToObj(token -> new HeadPolicy.TokenSort(token == 0, token % 9 == 4)).toList(), mass);
    }

    @Test
    void takesTheCheapestPolicyThatHoldsTheAttention() {
        assertThat(profile(mass(60, (query, key) -> key == 0 ? 1 : 0)).choose()).as("all on the first").isZero();
        assertThat(profile(mass(60, (query, key) -> query - key < 10 ? 1 : 0)).choose()).as("a band").isEqualTo(3);
        assertThat(profile(mass(60, (query, key) -> 1)).choose()).as("everywhere").isEqualTo(4);
    }

    @Test
    void profilesTheAttentionThatASoftCappedLayerHas() {
        LayerInfo capped = new LayerInfo(0, 1, 2, 1, 8, 8, 0.35, 0.5, Optional.empty(), Optional.empty());
        Tensor queries = normal("queries", 2, 70, 8).multiply(3);
        Tensor keys = normal("keys", 1, 70, 8).multiply(3);
        PromptMass mass = PromptMass.of(capped, queries, keys, 0, 5, scope());
        double[] columns = new double[70];
        for (int head = 0; head < 2; head++) {
            for (int query = 0; query < 70; query++) {
                double[] weights = new double[query + 1];
                for (int key = 0; key <= query; key++) {
                    double sum = 0;
                    for (int d = 0; d < 8; d++) {
                        sum += queries.get(head, query, d) * keys.get(0, key, d);
                    }
                    weights[key] = Math.exp(0.5 * Math.tanh(0.35 * sum / 0.5));
                }
                double total = Arrays.stream(weights).sum();
                for (int key = 0; key <= query; key++) {
                    columns[key] += weights[key] / total / 2;
                }
            }
        }
        assertThat(mass.columns()).containsExactly(columns, within(1e-4));
    }

    @Test
    void policiesAreNestedAndHoldMoreAndMore() {
        HeadProfile profile = profile(mass(60, (query, key) -> 1 + (key * 37 + query * 11) % 23));
        for (int policy = 1; policy < 5; policy++) {
            assertThat(profile.recovery(policy)).isGreaterThanOrEqualTo(profile.recovery(policy - 1));
        }
        for (int policy = 1; policy < 5; policy++) {
            assertThat(kept(profile, policy)).as("policy %s", policy).containsAll(kept(profile, policy - 1))
                    .hasSizeGreaterThan(kept(profile, policy - 1).size());
        }
    }

    private static List<Integer> kept(HeadProfile profile, int policy) {
        boolean[] row = profile.lastRow(policy, 60);
        return IntStream.range(0, 60).filter(key -> row[key]).boxed().toList();
    }

    private RunContext context(Findings findings) {
        return new RunContext(scope(), services().random().stream("cache", 0), findings, Optional.of(
                new TokenClasses() {
                    @Override
                    public boolean special(int token) {
                        return token == 0;
                    }

                    @Override
                    public boolean punctuation(int token) {
                        return token % 9 == 4;
                    }
                }));
    }

    /** Outputs of a prompt of 40 tokens and of steps after it; what the cache holds after the prompt is counted. */
    private List<float[]> outputs(KvStore store, int steps, int[] kept) {
        List<float[]> outputs = new ArrayList<>();
        try (CacheRun run = new CacheRun(Kernels.REFERENCE, scope(), LAYER, store)) {
            Tensor queries = normal("queries", 4, 40, 8);
            outputs.add(run.prompt(new CacheRun.Prompt(
                    queries, queries, normal("keys", 2, 40, 8), normal("values", 2, 40, 8), false)).toFloats());
            kept[0] = store.view().tokens(0) + store.view().tokens(1);
            for (int step = 0; step < steps; step++) {
                outputs.add(run.step(normal("query " + step, 4, 8), normal("key " + step, 2, 8),
                        normal("value " + step, 2, 8)).toFloats());
            }
        }
        return outputs;
    }

    @Test
    void holdsTheWholeCacheAndDecodesTheSameBitsWhereNearlyAllAttentionMustBeHeld() {
        Findings findings = new Findings();
        KvStore adaptive = make(KvPolicy.class, "recovery = 0.9999995").open(LAYER, context(findings));
        List<float[]> whole = outputs(new FullStore(LAYER, context(new Findings())), 30, new int[1]);
        List<float[]> held = outputs(adaptive, 30, new int[1]);
        assertThat(findings.all().get("policy").values()).as("full for both heads").containsExactly(4, 4);
        for (int pass = 0; pass <= 30; pass++) {
            assertThat(held.get(pass)).as("pass %s", pass).containsExactly(whole.get(pass));
        }
    }

    @Test
    void keepsNoMoreOfAPromptWhereLessAttentionMustBeHeld() {
        int before = 2 * 40;
        Set<Integer> sizes = new TreeSet<>();
        for (double recovery : new double[] {1, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1}) {
            int[] kept = new int[1];
            outputs(make(KvPolicy.class, "globalTokens = 1, recovery = " + recovery)
                    .open(LAYER, context(new Findings())), 0, kept);
            assertThat(kept[0]).as("recovery %s", recovery).isLessThanOrEqualTo(before);
            before = kept[0];
            sizes.add(before);
        }
        assertThat(sizes).as("sizes on the way").hasSizeGreaterThanOrEqualTo(4).contains(2 * 40);
    }

    @Test
    void takesFractionsOfTheLengthToComeWhereItIsKnown() {
        String settings = "fixed = [3], local = 0.2, frequent = 0.2, globalTokens = 1";
        int[] ofPrompt = new int[1];
        int[] ofGiven = new int[1];
        int[] ofExpected = new int[1];
        RunContext said = new RunContext(scope(), services().random().stream("cache", 0), new Findings(),
                context(new Findings()).tokenClasses(), Optional.of(80));
        List<float[]> unsaid = outputs(make(KvPolicy.class, settings).open(LAYER, context(new Findings())), 30,
                ofPrompt);
        List<float[]> given = outputs(make(KvPolicy.class, settings + ", maxCacheLength = 80")
                .open(LAYER, context(new Findings())), 30, ofGiven);
        List<float[]> expected = outputs(make(KvPolicy.class, settings).open(LAYER, said), 30, ofExpected);
        assertThat(ofExpected[0]).isEqualTo(ofGiven[0]).isGreaterThan(ofPrompt[0]);
        assertThat(expected.getLast()).containsExactly(given.getLast()).isNotEqualTo(unsaid.getLast());
        outputs(make(KvPolicy.class, settings + ", maxCacheLength = 40").open(LAYER, said), 0, ofExpected);
        assertThat(ofExpected[0]).as("what the user says comes first").isEqualTo(ofPrompt[0]);
    }

    @Test
    void refusesPoliciesThatAreMisspelt() {
        assertThatThrownBy(() -> make(KvPolicy.class, "policies = [specal, full]")).hasMessageContaining("'specal'");
        assertThatThrownBy(() -> make(KvPolicy.class, "policies = [full, special]"))
                .hasMessageContaining("must be full");
    }

    @Test
    void keepsSpecialTokensAndPunctuationHoweverLongItRuns() {
        LayerInfo layer = new LayerInfo(0, 1, 2, 1, 8, 8, 0.35, Optional.empty(), Optional.empty());
        TokenClasses classes = new TokenClasses() {
            @Override
            public boolean special(int token) {
                return token == 0 || token == 20;
            }

            @Override
            public boolean punctuation(int token) {
                return token % 50 == 7;
            }
        };
        KvStore store = make(KvPolicy.class, "fixed = [3], local = 0.2, frequent = 0.2, globalTokens = 1").open(layer,
                new RunContext(scope(), services().random().stream("cache", 0), new Findings(), Optional.of(classes)));
        try (CacheRun run = new CacheRun(Kernels.REFERENCE, scope(), layer, store)) {
            run.prompt(new CacheRun.Prompt(normal("q", 2, 40, 8), normal("q", 2, 40, 8), normal("k", 1, 40, 8),
                    normal("v", 1, 40, 8), false));
            for (int step = 0; step < 500; step++) {
                run.step(normal("q" + step, 2, 8), normal("k" + step, 1, 8), normal("v" + step, 1, 8));
            }
            assertThat(store.view().positions(0)).contains(0, 20, 7, 57, 107, 157, 207, 257, 307, 357, 407, 457, 507);
            assertThat(store.view().positions(0)).hasSizeLessThan(40);
        }
    }
}
