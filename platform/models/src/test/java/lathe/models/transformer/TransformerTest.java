package lathe.models.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import lathe.spi.LatheException;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.Dense;
import lathe.spi.router.Router;
import lathe.spi.router.Routing;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.BlockEdit;
import lathe.spi.weight.BlockScene.Part;

/** Parts of a pass, what listeners see, and changed weights. */
class TransformerTest {
    private static final double EXACT = 1e-5;

    @Test
    void blocksOneByOneGiveTheWholePass() {
        try (SmallModel model = SmallModel.dense(3, 1)) {
            Transformer transformer = model.transformer();
            Pass pass = Pass.whole(model.tokens(20));
            Tensor hidden = transformer.embed(pass, model.scope());
            for (int block = 0; block < 3; block++) {
                hidden = transformer.runBlock(block, hidden, pass, model.scope());
            }
            assertSame(transformer.head(hidden, model.scope()), transformer.logits(pass, model.scope()));
        }
    }

    @Test
    void partsOfABlockAddUpToTheBlock() {
        try (SmallModel model = SmallModel.dense(1, 2)) {
            Transformer transformer = model.transformer();
            Pass pass = Pass.whole(model.tokens(9));
            Tensor hidden = transformer.embed(pass, model.scope());
            Tensor middle = hidden.add(transformer.runPart(0, Part.ATTENTION, hidden, pass, model.scope()));
            Tensor end = middle.add(transformer.runPart(0, Part.FEED_FORWARD, middle, pass, model.scope()));
            assertSame(end, transformer.runBlock(0, hidden, pass, model.scope()));
        }
    }

    @Test
    void sequencesOfAPassDoNotSeeEachOther() {
        try (SmallModel model = SmallModel.dense(2, 3)) {
            List<int[]> sequences = List.of(model.tokens(7), model.tokens(1), model.tokens(30));
            List<Tensor> together = model.runnable(ServingPlan.PLAIN).logits(sequences, model.scope());
            for (int i = 0; i < sequences.size(); i++) {
                assertSame(together.get(i),
                        model.transformer().logits(Pass.whole(sequences.get(i)), model.scope()));
            }
        }
    }

    @Test
    void listenersSeeEveryLinearOnceWithTheInputItIsAppliedTo() {
        try (SmallModel model = SmallModel.dense(1, 4)) {
            List<String> seen = new ArrayList<>();
            ForwardListener listener = new Inputs() {
                @Override
                public void input(LinearInput input) {
                    seen.add(String.join("+", input.sites().stream().map(Site::name).toList()) + input.input().shape());
                }
            };
            model.transformer().logits(Pass.whole(model.tokens(5)).withListener(listener), model.scope());
            assertThat(seen).containsExactly("blocks.0.q+blocks.0.k+blocks.0.v[5, 32]", "blocks.0.o[5, 32]",
                    "blocks.0.gate+blocks.0.up[5, 32]", "blocks.0.down[5, 48]");
        }
    }

    @Test
    void expertsSeeOnlyTheTokensRoutedToThem() {
        try (SmallModel model = SmallModel.withExperts(1, 4, 5)) {
            List<int[]> chosen = new ArrayList<>();
            int[] counts = new int[4];
            ForwardListener listener = new Inputs() {
                @Override
                public void routed(int block, Tensor logits, Routing routing) {
                    chosen.add(routing.experts().toInts());
                }

                @Override
                public void input(LinearInput input) {
                    Site site = input.sites().getFirst();
                    if (site.role() == Role.DOWN) {
                        counts[site.expert()] = input.rows().orElseThrow().length;
                    }
                }
            };
            model.transformer().logits(Pass.whole(model.tokens(11)).withListener(listener), model.scope());
            int[] expected = new int[4];
            Arrays.stream(chosen.getFirst()).forEach(expert -> expected[expert]++);
            assertThat(counts).containsExactly(expected);
            assertThat(Arrays.stream(counts).sum()).isEqualTo(22);
        }
    }

    @Test
    void aRouterOfThePlanReplacesTheModelsGate() {
        try (SmallModel model = SmallModel.withExperts(2, 3, 6)) {
            Router onlyTheFirst = scene -> {
                int tokens = scene.logits().size(0);
                return Routing.of(scene.scope().zeros(DataType.I32, tokens, 1),
                        scene.scope().zeros(tokens, 1).fill(1));
            };
            Tensor routed = model.runnable(ServingPlan.PLAIN.withRouter(onlyTheFirst)).logits(model.tokens(6),
                    model.scope());
            Router unused = scene -> {
                int tokens = scene.logits().size(0);
                Tensor experts = scene.scope().zeros(DataType.I32, tokens, 2);
                IntStream.range(0, tokens).forEach(token -> experts.set(-1, token, 1));
                Tensor weights = scene.scope().zeros(tokens, 2);
                IntStream.range(0, tokens).forEach(token -> weights.set(1, token, 0));
                return Routing.of(experts, weights);
            };
            assertSame(routed, model.runnable(ServingPlan.PLAIN.withRouter(unused)).logits(model.tokens(6),
                    model.scope()));
            assertThat(Tensors.difference(routed,
                    model.runnable(ServingPlan.PLAIN).logits(model.tokens(6), model.scope()))).isGreaterThan(1e-3);
        }
    }

    @Test
    void refusesARouterForAModelWithoutExperts() {
        try (SmallModel model = SmallModel.dense(1, 7)) {
            assertThatThrownBy(() -> model.runnable(ServingPlan.PLAIN.withRouter(scene -> null)))
                    .isInstanceOf(LatheException.class).hasMessageContaining("no experts");
        }
    }

    @Test
    void changedWeightsLeaveTheOriginalAsItIs() {
        try (SmallModel model = SmallModel.dense(2, 8)) {
            Transformer original = model.transformer();
            Tensor before = original.logits(Pass.whole(model.tokens(8)), model.scope());
            Site site = new Site(1, Role.DOWN, Site.NO_EXPERT, SmallModel.HIDDEN, SmallModel.WIDTH);
            ModelWeights changed = original.weights().with(site,
                    new Dense(model.scope().zeros(SmallModel.HIDDEN, SmallModel.WIDTH)));
            try (Transformer other = original.with(changed)) {
                assertThat(Tensors.difference(other.logits(Pass.whole(model.tokens(8)), model.scope()), before))
                        .isGreaterThan(1e-3);
            }
            assertThat(Tensors.difference(original.logits(Pass.whole(model.tokens(8)), model.scope()), before))
                    .isZero();
        }
    }

    @Test
    void cutHeadsAndNeuronsGiveWhatZeroedOnesGive() {
        try (SmallModel model = SmallModel.dense(1, 9)) {
            Transformer original = model.transformer();
            ModelWeights weights = original.weights();
            // The first key/value head with its two query heads goes, and all neurons but the last ten.
            int[] queries = IntStream.range(16, 32).toArray();
            int[] keys = IntStream.range(8, 16).toArray();
            int[] neurons = IntStream.range(38, 48).toArray();
            ModelWeights cut = weights.with(0, rows(weights, BlockEdit.none(), Role.QUERY, queries))
                    .with(0, rows(weights, BlockEdit.none(), Role.KEY, keys))
                    .with(0, rows(weights, BlockEdit.none(), Role.VALUE, keys))
                    .with(0, columns(weights, Role.OUTPUT, queries))
                    .with(0, rows(weights, BlockEdit.none(), Role.GATE, neurons))
                    .with(0, rows(weights, BlockEdit.none(), Role.UP, neurons))
                    .with(0, columns(weights, Role.DOWN, neurons));
            ModelWeights zeroed = weights.with(0, zeroColumns(weights, Role.OUTPUT, 16)).with(0,
                    zeroColumns(weights, Role.DOWN, 38));
            try (Transformer narrow = original.with(cut); Transformer wide = original.with(zeroed)) {
                assertThat(narrow.info().layers().getFirst().heads()).isEqualTo(2);
                assertThat(narrow.info().layers().getFirst().kvHeads()).isEqualTo(1);
                Pass pass = Pass.whole(model.tokens(12));
                assertSame(narrow.logits(pass, model.scope()), wide.logits(pass, model.scope()));
                assertThat(narrow.weights().weightBytes()).isLessThan(weights.weightBytes());
            }
        }
    }

    @Test
    void countsATiedEmbeddingOnceAndAnOwnHeadBesides() {
        try (SmallModel model = SmallModel.dense(1, 10)) {
            ModelWeights weights = model.transformer().weights();
            int linears = 32 * 32 * 2 + 16 * 32 * 2 + 3 * 48 * 32;
            assertThat(weights.weightBytes()).isEqualTo(4L * (50 * 32 + linears + 3 * 32));
            assertThat(weights.parameters()).isEqualTo(50 * 32 + linears + 3 * 32);
            Tensor head = model.scope().zeros(DataType.BF16, 50, 32);
            ModelWeights untied = weights.with(new Site(-1, Role.HEAD, Site.NO_EXPERT, 50, 32), new Dense(head));
            assertThat(untied.weightBytes()).isEqualTo(weights.weightBytes() + 2 * 50 * 32);
            assertThat(untied.tied()).isFalse();
        }
    }

    @Test
    void namesATokenThatDoesNotExist() {
        try (SmallModel model = SmallModel.dense(1, 11)) {
            assertThatThrownBy(() -> model.transformer().logits(Pass.whole(3, 50), model.scope()))
                    .isInstanceOf(LatheException.class).hasMessageContaining("50");
        }
    }

    private static BlockEdit rows(ModelWeights weights, BlockEdit edit, Role role, int[] kept) {
        Tensor weight = weight(weights, role);
        return edit.with(site(role, weight), new Dense(weight.select(kept)));
    }

    private static BlockEdit columns(ModelWeights weights, Role role, int[] kept) {
        Tensor weight = weight(weights, role);
        return BlockEdit.none().with(site(role, weight), new Dense(weight.selectColumns(kept)));
    }

    private static BlockEdit zeroColumns(ModelWeights weights, Role role, int first) {
        Tensor weight = weight(weights, role).copy();
        weight.slice(1, 0, first).fill(0);
        return BlockEdit.none().with(site(role, weight), new Dense(weight));
    }

    private static Site site(Role role, Tensor weight) {
        return new Site(0, role, Site.NO_EXPERT, weight.size(0), weight.size(1));
    }

    private static Tensor weight(ModelWeights weights, Role role) {
        return ((Dense) weights.find(0, role, Site.NO_EXPERT).orElseThrow()).weight();
    }

    private static void assertSame(Tensor actual, Tensor expected) {
        assertThat(Tensors.difference(actual, expected)).isLessThanOrEqualTo(EXACT);
    }

    /** A listener that wants inputs. */
    private abstract static class Inputs implements ForwardListener {
        @Override
        public boolean wantsInputs() {
            return true;
        }
    }
}
