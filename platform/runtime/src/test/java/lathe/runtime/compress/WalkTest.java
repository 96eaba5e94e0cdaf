package lathe.runtime.compress;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

import org.assertj.core.data.Offset;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import lathe.engine.Engine;
import lathe.engine.kernels.CpuBackend;
import lathe.models.architecture.ModelFolder;
import lathe.models.transformer.ForwardListener;
import lathe.models.transformer.LinearInput;
import lathe.models.transformer.ModelWeights;
import lathe.models.transformer.Pass;
import lathe.models.transformer.Transformer;
import lathe.runtime.graph.SitePatterns;
import lathe.spi.Kind;
import lathe.spi.MethodChoice;
import lathe.spi.Progress;
import lathe.spi.Services;
import lathe.spi.backend.Compute;
import lathe.spi.model.ModelView;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.numeric.LinearAlgebra;
import lathe.spi.numeric.Parallel;
import lathe.spi.numeric.RandomStreams;
import lathe.spi.numeric.Solvers;
import lathe.spi.operator.Dense;
import lathe.spi.operator.LinearOperator;
import lathe.spi.statistics.Requirements;
import lathe.spi.statistics.StatisticKey;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.SparsityPattern;
import lathe.spi.weight.Allocation;
import lathe.spi.weight.BlockEdit;
import lathe.spi.weight.BlockMethod;
import lathe.spi.weight.BlockScene;
import lathe.spi.weight.ModelStatistics;
import lathe.spi.weight.Pruned;
import lathe.spi.weight.Pruner;
import lathe.spi.weight.Quantizer;
import lathe.spi.weight.WeightMethod;
import lathe.spi.weight.WeightScene;

class WalkTest {
    private static final Path MODELS = Path.of(System.getProperty("lathe.root", "../..")).resolve("experiments/models");
    private static final SitePatterns ALL = new SitePatterns(List.of(), List.of());
    private static final List<int[]> SEQUENCES = List.of(
            IntStream.range(0, 24).map(i -> 100 + 31 * i).toArray(),
            IntStream.range(0, 17).map(i -> 7 * i + 5).toArray());

    private final Engine engine = Engine.shared();
    private final Scope scope = engine.openScope();
    private final Compute compute = new CpuBackend(engine).open(engine.parallel());
    private final List<AutoCloseable> open = new ArrayList<>();

    private final Services services = new Services() {
        @Override
        public Scope openScope() {
            return engine.openScope();
        }

        @Override
        public LinearAlgebra linearAlgebra() {
            return engine.linearAlgebra();
        }

        @Override
        public Solvers solvers() {
            return engine.solvers();
        }

        @Override
        public Parallel parallel() {
            return engine.parallel();
        }

        @Override
        public RandomStreams random() {
            return engine.random(1, "walk");
        }

        @Override
        public Progress progress() {
            return Progress.NONE;
        }

        @Override
        public <T> T method(Kind kind, MethodChoice choice, Class<T> contract) {
            throw new UnsupportedOperationException();
        }
    };

    private Transformer model(String name) {
        ModelFolder folder = ModelFolder.open(MODELS.resolve(name));
        Transformer model = Transformer.of(folder, compute, scope);
        open.add(model);
        open.add(folder);
        return model;
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
        compute.close();
        scope.close();
    }

    private ModelWeights walk(Transformer model, WeightMethod method, boolean pruned) {
        return new Walk(model, method, ALL, SEQUENCES, pruned, services, scope, Journal.NONE).run();
    }

    /** Prunes half of every row and remembers what it was shown. */
    private static final class Remembering implements Pruner {
        private final Requirements requirements;
        private final Map<String, float[]> seen = new HashMap<>();
        private final Map<String, Long> tokens = new LinkedHashMap<>();

        Remembering(Requirements requirements) {
            this.requirements = requirements;
        }

        @Override
        public Requirements requirements() {
            return requirements;
        }

        @Override
        public synchronized Pruned prune(WeightScene scene) {
            seen.put(scene.site().name(), scene.statistics().get(StatisticKey.INPUT_SQUARES).toFloats());
            tokens.put(scene.site().name(), scene.statistics().tokens());
            return Pruned.keep(
                    Mask.largestPerRow(scene.weight().abs(), SparsityPattern.UNSTRUCTURED, 0.5), scene.weight());
        }
    }

    /** Sums of squares of a site's inputs in one whole pass through given weights. */
    private float[] squares(Transformer model, ModelWeights weights, String site) {
        double[] sums = new double[model.weights().sites().stream().filter(one -> one.name().equals(site)).findFirst()
                .orElseThrow().inFeatures()];
        ForwardListener listener = new ForwardListener() {
            @Override
            public boolean wantsInputs() {
                return true;
            }

            @Override
            public void input(LinearInput input) {
                if (input.sites().stream().anyMatch(one -> one.name().equals(site))) {
                    float[] row = new float[sums.length];
                    for (int i = 0; i < input.input().size(0); i++) {
                        input.input().copyRow(i, row);
                        for (int j = 0; j < row.length; j++) {
                            sums[j] += (double) row[j] * row[j];
                        }
                    }
                }
            }
        };
        try (Transformer other = model.with(weights); Scope local = scope.child()) {
            for (int[] sequence : SEQUENCES) {
                other.hidden(Pass.whole(sequence).withListener(listener), local);
            }
        }
        float[] result = new float[sums.length];
        IntStream.range(0, sums.length).forEach(j -> result[j] = (float) sums[j]);
        return result;
    }

    private static void assertClose(float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int j = 0; j < actual.length; j++) {
            assertThat((double) actual[j]).isCloseTo(expected[j], Percentage.withPercentage(0.01));
        }
    }

    /** The dense model with the walk's result in blocks below a limit, and in the given roles of that block. */
    private static ModelWeights mixed(ModelWeights dense, ModelWeights changed, int limit, List<Role> roles) {
        ModelWeights mixed = dense;
        for (Site site : dense.sites()) {
            boolean taken = site.block() >= 0 && (site.block() < limit
                    || site.block() == limit && roles.contains(site.role()));
            mixed = taken ? mixed.with(site, changed.operator(site)) : mixed;
        }
        return mixed;
    }

    @Test
    void judgesABlockByInputsThroughTheCompressedBlocksBeforeIt() {
        Transformer model = model("lathe-tiny");
        Remembering method = new Remembering(Requirements.of(StatisticKey.INPUT_SQUARES));
        ModelWeights changed = walk(model, method, false);
        for (String site : List.of("blocks.0.q", "blocks.2.q", "blocks.2.down", "blocks.5.o")) {
            int block = site.charAt(7) - '0';
            assertClose(method.seen.get(site),
                    squares(model, mixed(model.weights(), changed, block, List.of()), site));
        }
        assertThat(method.seen.get("blocks.3.q")).isEqualTo(method.seen.get("blocks.3.v"));
        assertThat(method.tokens).hasSize(42).containsEntry("blocks.1.up", 41L);
    }

    @Test
    void judgesGroupsOfABlockByTheGroupsBeforeThemIfAsked() {
        Transformer model = model("lathe-tiny");
        Remembering method = new Remembering(Requirements.of(StatisticKey.INPUT_SQUARES).sequential(true));
        ModelWeights changed = walk(model, method, false);
        assertClose(method.seen.get("blocks.1.o"), squares(model,
                mixed(model.weights(), changed, 1, List.of(Role.QUERY, Role.KEY, Role.VALUE)), "blocks.1.o"));
        assertClose(method.seen.get("blocks.1.down"), squares(model, mixed(model.weights(), changed, 1,
                List.of(Role.QUERY, Role.KEY, Role.VALUE, Role.OUTPUT, Role.GATE, Role.UP)), "blocks.1.down"));
    }

    @Test
    void judgesByTheDenseModelIfAsked() {
        Transformer model = model("lathe-tiny");
        Remembering method = new Remembering(Requirements.of(StatisticKey.INPUT_SQUARES).densePrefix());
        walk(model, method, false);
        assertClose(method.seen.get("blocks.4.gate"), squares(model, model.weights(), "blocks.4.gate"));
    }

    @Test
    void givesExpertsTheTokensThatWereRoutedToThemAlone() {
        Transformer model = model("lathe-tiny-moe");
        Remembering method = new Remembering(Requirements.of(StatisticKey.INPUT_SQUARES));
        walk(model, method, false);
        int chosen = model.info().expertsPerToken();
        for (int block = 0; block < model.info().blocks(); block++) {
            String prefix = "blocks." + block + ".experts.";
            long tokens = method.tokens.entrySet().stream()
                    .filter(entry -> entry.getKey().startsWith(prefix) && entry.getKey().endsWith("up"))
                    .mapToLong(Map.Entry::getValue).sum();
            assertThat(tokens).isEqualTo(41L * chosen);
        }
        assertThat(method.tokens).doesNotContainKey("blocks.0.router");
    }

    @Test
    void leavesTheModelAsItWas() {
        Transformer model = model("lathe-tiny");
        try (Scope local = scope.child()) {
            float[] before = model.logits(Pass.whole(SEQUENCES.getFirst()), local).toFloats();
            walk(model, new Remembering(Requirements.of(StatisticKey.INPUT_SQUARES)), false);
            assertThat(model.logits(Pass.whole(SEQUENCES.getFirst()), local).toFloats()).containsExactly(before);
        }
    }

    @Test
    void handsOutSharesOfTheWholeModelsBudget() {
        Transformer model = model("lathe-tiny");
        Map<String, Double> shares = new HashMap<>();
        Map<String, Long> tokens = new HashMap<>();
        walk(model, new Pruner() {
            @Override
            public Requirements requirements() {
                return Requirements.of(StatisticKey.INPUT_SQUARES);
            }

            @Override
            public boolean allocates() {
                return true;
            }

            @Override
            public Allocation allocate(ModelView view, ModelStatistics statistics) {
                Map<Site, Double> given = new HashMap<>();
                for (Site site : view.sites()) {
                    given.put(site, site.block() / 10.0);
                    tokens.put(site.name(), statistics.of(site).tokens());
                }
                return new Allocation(given);
            }

            @Override
            public synchronized Pruned prune(WeightScene scene) {
                shares.put(scene.site().name(), scene.share());
                return Pruned.keep(Mask.all(scene.site().outFeatures(), scene.site().inFeatures()), scene.weight());
            }
        }, false);
        assertThat(shares).hasSize(42).containsEntry("blocks.5.up", 0.5).containsEntry("blocks.0.q", 0.0);
        assertThat(tokens).containsEntry("blocks.3.down", 41L);
    }

    @Test
    void keepsTheZerosOfAnEarlierPruner() {
        Transformer model = model("lathe-tiny");
        ModelWeights pruned = walk(model, new Remembering(Requirements.of(StatisticKey.INPUT_SQUARES)), false);
        Map<String, Mask> masks = new HashMap<>();
        Quantizer rounding = scene -> {
            synchronized (masks) {
                masks.put(scene.site().name(), scene.kept().orElseThrow());
            }
            // A quantizer that forgets about zeros.
            return new Dense(scene.weight().map(value -> value + 0.25));
        };
        try (Transformer before = model.with(pruned)) {
            ModelWeights both = walk(before, rounding, true);
            for (Site site : both.sites()) {
                if (!site.role().isCompressible()) {
                    continue;
                }
                float[] values = compute.dense(both.operator(site), DataType.F32, scope).toFloats();
                Mask mask = masks.get(site.name());
                for (int i = 0; i < values.length; i++) {
                    boolean kept = mask.keeps(i / site.inFeatures(), i % site.inFeatures());
                    assertThat(kept || values[i] == 0).isTrue();
                }
            }
        }
    }

    /** Compares the block that it runs itself with what the model computes, then halves the output projection. */
    private static final class Halving implements BlockMethod {
        private final List<float[]> blocks = new ArrayList<>();

        @Override
        public BlockEdit edit(BlockScene scene) {
            float[] whole = scene.run(BlockScene.Part.BLOCK, BlockEdit.none(), scene.scope()).toFloats();
            float[] attention = scene.run(BlockScene.Part.ATTENTION, BlockEdit.none(), scene.scope()).toFloats();
            float[] network = scene.run(BlockScene.Part.FEED_FORWARD, BlockEdit.none(), scene.scope()).toFloats();
            float[] input = new float[whole.length];
            for (int i = 0; i < whole.length; i++) {
                input[i] = whole[i] - attention[i] - network[i];
            }
            blocks.add(input);
            blocks.add(whole);
            Site output = scene.sites().stream().filter(site -> site.role() == Role.OUTPUT).findFirst().orElseThrow();
            LinearOperator half = new Dense(scene.weight(output).weight().multiply(0.5));
            return BlockEdit.none().with(output, half);
        }
    }

    @Test
    void runsBlocksAndTheirPartsForBlockMethods() {
        Transformer model = model("lathe-tiny");
        Halving method = new Halving();
        ModelWeights changed = walk(model, method, false);
        // The first block's input is the embedding; what is left of the parts' sum is the input again.
        float[] embedded;
        try (Scope local = scope.child()) {
            embedded = model.embed(Pass.whole(SEQUENCES.getFirst()), local).toFloats();
        }
        for (int i = 0; i < embedded.length; i++) {
            assertThat((double) method.blocks.getFirst()[i]).isCloseTo(embedded[i],
                    Offset.offset(1e-4));
        }
        Site output = changed.sites().stream().filter(site -> site.name().equals("blocks.2.o")).findFirst()
                .orElseThrow();
        float[] before = compute.dense(model.weights().operator(output), DataType.F32, scope).toFloats();
        float[] after = compute.dense(changed.operator(output), DataType.F32, scope).toFloats();
        for (int i = 0; i < before.length; i++) {
            assertThat(after[i]).isEqualTo(before[i] / 2);
        }
        assertThat(((Dense) changed.operator(output)).weight().type()).isEqualTo(DataType.BF16);
    }
}
