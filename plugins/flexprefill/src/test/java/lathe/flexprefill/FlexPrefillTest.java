package lathe.flexprefill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import lathe.spi.Plugin;
import lathe.spi.attention.AttentionPattern;
import lathe.spi.attention.AttentionPlan;
import lathe.spi.attention.Phase;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Tensor;
import lathe.testkit.AttentionContract;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.GivenAttention;

class FlexPrefillTest extends AttentionContract {
    private static final int HEADS = 4;
    private static final int TOKENS = 330;
    private static final int DIM = 16;

    private record Planned(AttentionPlan plan, Findings findings) {
        double[] figures(String name) {
            return findings.all().get(name).values();
        }

        boolean reads(int head, int row, int column) {
            int[] shape = findings.all().get("mask").shape();
            return figures("mask")[(head * shape[1] + row) * shape[2] + column] != 0;
        }

        double tiles() {
            return Arrays.stream(figures("mask")).sum();
        }
    }

    @Override
    protected Plugin plugin() {
        return new FlexPrefillPlugin();
    }

    @Override
    protected Optional<String> everything() {
        return Optional.of("gamma = 1.01, tau = 0, blockSize = 128");
    }

    @Override
    protected String little() {
        return "gamma = 0.5, blockSize = 16, maxBudget = 16";
    }

    @Override
    protected boolean choosesCausally() {
        return false;
    }

    private Planned plan(String settings, Tensor keys) {
        return plan(settings, keys, TOKENS);
    }

    private Planned plan(String settings, Tensor keys, int tokens) {
        LayerInfo layer = new LayerInfo(0, 1, HEADS, 2, DIM, DIM, 0.25, Optional.empty(), Optional.empty());
        Findings findings = new Findings();
        AttentionPlan plan = make(AttentionPattern.class, settings).plan(new GivenAttention(layer, Phase.PREFILL,
                normal("queries", HEADS, tokens, DIM).copy(), keys, normal("values", 2, tokens, DIM).copy(),
                IntStream.range(0, tokens).toArray(), scope(), findings));
        return new Planned(plan, findings);
    }

    private Tensor keys() {
        return normal("keys", 2, TOKENS, DIM).copy();
    }

    @Test
    void readsEveryTileWhenTheShareIsAboveOne() {
        Planned everything = plan("gamma = 1.01, tau = 0, blockSize = 128", keys());
        assertThat(everything.plan()).isInstanceOf(AttentionPlan.PerHead.class);
        assertThat(everything.tiles()).isEqualTo(HEADS * 6);
    }

    @Test
    void readsAPromptOfTwoBlocksOrOfTheLeastBudgetDensely() {
        String little = "gamma = 0.1, tau = 0, blockSize = 16, maxBudget = 16";
        for (int tokens : new int[] {1, 16, 17, 31, 32}) {
            assertThat(plan(little, normal("keys", 2, tokens, DIM), tokens).plan()).as("%s tokens", tokens)
                    .isEqualTo(new AttentionPlan.Dense());
        }
        Planned longer = plan(little, normal("keys", 2, 33, DIM), 33);
        assertThat(longer.plan()).isInstanceOf(AttentionPlan.PerHead.class);
        assertThat(longer.tiles()).as("of six tiles a head").isEqualTo(HEADS * 5);
        String more = "gamma = 0.1, tau = 0, blockSize = 16, minBudget = 40";
        assertThat(plan(more, normal("keys", 2, 48, DIM), 48).plan()).isEqualTo(new AttentionPlan.Dense());
        assertThat(plan(more, normal("keys", 2, 49, DIM), 49).plan()).isInstanceOf(AttentionPlan.PerHead.class);
    }

    @Test
    void alwaysReadsTheFirstBlockAndTheDiagonalAndNothingLater() {
        for (String settings : new String[] {"gamma = 0.3, tau = 0", "gamma = 0.3, tau = 0.84"}) {
            Planned planned = plan(settings + ", blockSize = 16", keys());
            for (int head = 0; head < HEADS; head++) {
                for (int row = 0; row < 21; row++) {
                    assertThat(planned.reads(head, row, 0)).isTrue();
                    assertThat(planned.reads(head, row, row)).isTrue();
                    for (int column = row + 1; column < 21; column++) {
                        assertThat(planned.reads(head, row, column)).isFalse();
                    }
                }
            }
        }
    }

    @Test
    void readsNoFewerTilesForALargerShare() {
        double before = 0;
        for (double gamma : new double[] {0.1, 0.3, 0.5, 0.7, 0.9, 0.99}) {
            double tiles = plan("tau = 0, blockSize = 16, gamma = " + gamma, keys()).tiles();
            assertThat(tiles).isGreaterThanOrEqualTo(before);
            before = tiles;
        }
    }

    @Test
    void readsAtMostTwoTilesARowWithABudgetOfOneBlock() {
        Planned planned = plan("tau = 0, blockSize = 16, minBudget = 16, maxBudget = 16", keys());
        assertThat(planned.tiles()).isEqualTo(HEADS * (1 + 20 * 2));
    }

    @Test
    void estimatesTheAttentionThatASoftCappedLayerHas() {
        Tensor queries = normal("queries", HEADS, TOKENS, DIM).multiply(4);
        Tensor keys = keys().multiply(4);
        Findings findings = new Findings();
        make(AttentionPattern.class, "tau = 0, blockSize = 16").plan(new GivenAttention(
                new LayerInfo(0, 1, HEADS, 2, DIM, DIM, 0.25, 0.5, Optional.empty(), Optional.empty()), Phase.PREFILL,
                queries, keys, keys, IntStream.range(0, TOKENS).toArray(), scope(), findings));
        double[] estimate = findings.all().get("pooled_estimate").values();
        for (int head = 0; head < HEADS; head++) {
            double[] shares = Arrays.copyOfRange(estimate, 21 * head, 21 * (head + 1));
            double least = Arrays.stream(shares).min().orElseThrow();
            assertThat(Arrays.stream(shares).max().orElseThrow() / least).as("logits are from -0.5 to 0.5")
                    .isGreaterThan(1.1).isLessThanOrEqualTo(Math.E);
        }
        double[] vertical = findings.all().get("vertical").values();
        assertThat(Arrays.stream(vertical).max().orElseThrow()).isLessThan(Math.E / (TOKENS - 15));
    }

    @Test
    void refusesTilesOfOtherSizesAndALeastBudgetAboveTheMost() {
        assertThatThrownBy(() -> make(AttentionPattern.class, "blockSize = 17")).hasMessageContaining("not 17");
        assertThatThrownBy(() -> make(AttentionPattern.class, "minBudget = 512, maxBudget = 256"))
                .hasMessageContaining("at least 512").hasMessageContaining("at most 256");
        make(AttentionPattern.class, "blockSize = 64, minBudget = 256, maxBudget = 256");
    }

    @Test
    void notesAMaskOfOneTileForAPromptOfOneToken() {
        Planned single = plan("gamma = 0.9", normal("keys", 2, 1, DIM), 1);
        assertThat(single.plan()).isEqualTo(new AttentionPlan.Dense());
        assertThat(single.findings().all().get("mask").shape()).containsExactly(HEADS, 1, 1);
        assertThat(single.figures("mask")).containsOnly(1);
    }

    @Test
    void trustsMeansNeverAtZeroAndAlwaysAboveTheLargestDistance() {
        assertThat(plan("tau = 0, blockSize = 16", keys()).figures("query_aware")).containsOnly(0);
        assertThat(plan("tau = 0.84, blockSize = 16", keys()).figures("query_aware")).containsOnly(1);
    }

    @Test
    void findsTheBlockOfAKeyThatAllProbesReadMost() {
        Tensor keys = keys();
        Tensor queries = normal("queries", HEADS, TOKENS, DIM).copy();
        for (int head = 0; head < 2; head++) {
            keys.row(head).row(83).assign(queries.row(2 * head).slice(0, TOKENS - 16, TOKENS).sum(0).multiply(40));
        }
        Planned planned = plan("tau = 0, gamma = 0.5, blockSize = 16, minBudget = 32, maxBudget = 32", keys);
        for (int head = 0; head < HEADS; head += 2) {
            for (int row = 5; row < 21; row++) {
                assertThat(planned.reads(head, row, 5)).isTrue();
            }
        }
    }
}
