package lathe.fastgen;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.function.IntBinaryOperator;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import lathe.spi.Plugin;
import lathe.spi.kv.KvPolicy;
import lathe.spi.kv.KvStore;
import lathe.spi.kv.TokenClasses;
import lathe.spi.model.LayerInfo;
import lathe.testkit.KvPolicyContract;
import lathe.testkit.scene.CacheRun;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.Kernels;
import lathe.testkit.scene.RunContext;

class FastGenTest extends KvPolicyContract {
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
    void policiesAreNestedAndHoldMoreAndMore() {
        HeadProfile profile = profile(mass(60, (query, key) -> 1 + (key * 37 + query * 11) % 23));
        for (int policy = 1; policy < 5; policy++) {
            assertThat(profile.recovery(policy)).isGreaterThanOrEqualTo(profile.recovery(policy - 1));
        }
        boolean[] frequent = profile.lastRow(2, 60);
        boolean[] punctuation = profile.lastRow(1, 60);
        for (int key = 0; key < 60; key++) {
            assertThat(frequent[key] || !punctuation[key]).isTrue();
        }
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
