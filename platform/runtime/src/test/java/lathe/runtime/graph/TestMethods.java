package lathe.runtime.graph;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import lathe.runtime.registry.PluginRegistry;
import lathe.runtime.registry.PluginSource;
import lathe.runtime.registry.PluginView;
import lathe.spi.Default;
import lathe.spi.LatheException;
import lathe.spi.Method;
import lathe.spi.MethodChoice;
import lathe.spi.Plugin;
import lathe.spi.Range;
import lathe.spi.Refusal;
import lathe.spi.attention.AttentionPattern;
import lathe.spi.attention.AttentionPlan;
import lathe.spi.attention.AttentionScene;
import lathe.spi.graph.Metric;
import lathe.spi.kv.EvictionScene;
import lathe.spi.kv.Evictor;
import lathe.spi.model.ModelInfo;
import lathe.spi.model.Site;
import lathe.spi.operator.Dense;
import lathe.spi.operator.LinearOperator;
import lathe.spi.router.CarvedExperts;
import lathe.spi.router.Carver;
import lathe.spi.router.CarvingScene;
import lathe.spi.router.Router;
import lathe.spi.statistics.Requirements;
import lathe.spi.statistics.StatisticKey;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.SparsityPattern;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.Pruned;
import lathe.spi.weight.Pruner;
import lathe.spi.weight.Quantizer;
import lathe.spi.weight.WeightScene;

/** Methods of every kind that do next to nothing, for tests of planning. */
public final class TestMethods implements Plugin {
    public record PrunerConfig(@Default("0.5") @Range("[0, 1)") double sparsity,
            @Default("unstructured") SparsityPattern pattern) {}

    public record QuantizerConfig(@Default("4") @Range("[1, 8]") int bits, @Default("64") int group) {}

    public record WindowConfig(@Default("4") @Range("[0, inf)") int sinks,
            @Default("256") @Range("[1, inf)") int window) {}

    public record RecentConfig(@Default("0.5") @Range("[0, 1]") double recent) {}

    public record MetricConfig(@Default("512") @Range("[2, inf)") int window) {}

    public record NoConfig() {}

    /** Fails when it is asked: by its own word, or by a bug. */
    private record Unasked(NoConfig config, RuntimeException failure) implements AttentionPattern {
        @Override
        public AttentionPlan plan(AttentionScene scene) {
            return new AttentionPlan.Dense();
        }

        @Override
        public Optional<Refusal> refuses(ModelInfo model) {
            throw failure;
        }
    }

    /** Makes experts of networks of ten neurons or more. */
    private record TenNeurons(NoConfig config) implements Carver {
        @Override
        public CarvedExperts carve(CarvingScene scene) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int routed() {
            return 2;
        }

        @Override
        public int active() {
            return 1;
        }

        @Override
        public MethodChoice router() {
            return MethodChoice.parse("topk-router");
        }

        @Override
        public Optional<Refusal> refuses(ModelInfo model, List<Site> sites) {
            return sites.stream().filter(site -> site.outFeatures() < 10).findFirst()
                    .map(site -> Refusal.because(site.name() + " has " + site.outFeatures() + " neurons."));
        }
    }

    private static final class ByInputs implements Pruner {
        private final PrunerConfig config;

        ByInputs(PrunerConfig config) {
            this.config = config;
        }

        @Override
        public Requirements requirements() {
            return Requirements.of(StatisticKey.INPUT_SQUARES);
        }

        @Override
        public Optional<Refusal> refusesText(int sequences, int length) {
            return length < 4 ? Optional.of(Refusal.because("Of " + length + " tokens it learns nothing."))
                    : Optional.empty();
        }

        @Override
        public Pruned prune(WeightScene scene) {
            Tensor score = scene.weight().abs().scaleColumns(scene.statistics().get(StatisticKey.INPUT_SQUARES).sqrt());
            return Pruned.keep(Mask.largestPerRow(score, config.pattern(), config.sparsity()), scene.weight());
        }
    }

    /** Calls after which the pruner "cut-off" fails, once; counts its calls. */
    public static final AtomicInteger CALLS_LEFT = new AtomicInteger(Integer.MAX_VALUE);

    /** Like "wanda", until it is cut off. */
    private record CutOff(ByInputs inner) implements Pruner {
        @Override
        public Requirements requirements() {
            return inner.requirements();
        }

        @Override
        public Pruned prune(WeightScene scene) {
            if (CALLS_LEFT.getAndDecrement() == 0) {
                throw new LatheException("The power went off.");
            }
            return inner.prune(scene);
        }
    }

    private static final class BySize implements Pruner {
        private final PrunerConfig config;

        BySize(PrunerConfig config) {
            this.config = config;
        }

        @Override
        public Pruned prune(WeightScene scene) {
            return Pruned.keep(
                    Mask.largestPerRow(scene.weight().abs(), config.pattern(), config.sparsity()), scene.weight());
        }

        @Override
        public Optional<Refusal> refuses(ModelInfo model) {
            return model.features().contains("odd")
                    ? Optional.of(Refusal.because("It cannot deal with odd models."))
                    : Optional.empty();
        }
    }

    private record AsItIs(QuantizerConfig config) implements Quantizer {
        @Override
        public LinearOperator quantize(WeightScene scene) {
            return new Dense(scene.weight());
        }
    }

    private record Everything(WindowConfig config) implements AttentionPattern {
        @Override
        public AttentionPlan plan(AttentionScene scene) {
            return new AttentionPlan.Dense();
        }
    }

    private record Newest(RecentConfig config) implements Evictor {
        @Override
        public Tensor score(EvictionScene scene) {
            scene.note("seen", () -> scene.scope().zeros(scene.layer().kvHeads(), 2).fill(scene.keys().size(1)));
            return scene.scope().zeros(scene.layer().kvHeads(), scene.keys().size(1));
        }
    }

    private final boolean metrics;

    /** With metrics of its own that measure nothing. */
    public TestMethods() {
        this(true);
    }

    private TestMethods(boolean metrics) {
        this.metrics = metrics;
    }

    @Override
    public List<Method<?>> methods() {
        return metrics
                ? Stream.concat(methodsOfModels().stream(), metrics().stream()).toList()
                : methodsOfModels();
    }

    private static List<Method<?>> metrics() {
        return List.of(Method.metric("perplexity", MetricConfig.class, config -> (Metric) scene -> List.of()),
                Method.metric("kl", NoConfig.class, config -> (Metric) scene -> List.of()));
    }

    private static List<Method<?>> methodsOfModels() {
        return List.of(
                Method.pruner("wanda", PrunerConfig.class, ByInputs::new),
                Method.pruner("magnitude", PrunerConfig.class, BySize::new),
                Method.quantizer("rtn", QuantizerConfig.class, AsItIs::new),
                Method.attention("streaming-llm", WindowConfig.class, Everything::new),
                Method.evictor("h2o", RecentConfig.class, Newest::new),
                Method.router("topk-router", NoConfig.class, config -> (Router) scene -> {
                    throw new UnsupportedOperationException();
                }),
                Method.pruner("fragile", NoConfig.class, (NoConfig config) -> {
                    throw new IllegalStateException("fragile as glass");
                }),
                Method.carver("ten-neurons", NoConfig.class, TenNeurons::new),
                Method.attention("gateless", NoConfig.class, config -> new Unasked(config,
                        new LatheException("The gates cannot be read from nofile.tsv."))),
                Method.attention("careless", NoConfig.class, config -> new Unasked(config,
                        new IllegalStateException("a bug"))),
                Method.pruner("cut-off", PrunerConfig.class, config -> new CutOff(new ByInputs(config))),
                Method.pruner("failing", NoConfig.class, config -> (Pruner) scene -> {
                    throw new LatheException("This pruner always fails.");
                }),
                Method.pruner("buggy", NoConfig.class, config -> (Pruner) scene -> {
                    throw new IllegalStateException("a bug");
                }));
    }

    /** A registry with these methods and no metrics. */
    public static PluginRegistry registry() {
        PluginRegistry registry = new PluginRegistry();
        registry.add(new PluginSource(
                "test-methods", "1.0.0", "class path", "", "", null, List.of(new TestMethods(false))));
        return registry;
    }

    /** A view on these methods, and on a broken bundle. */
    public static PluginView view() {
        PluginRegistry registry = new PluginRegistry();
        registry.add(new PluginSource("test-methods", "1.0.0", "class path", "", "", null, List.of(new TestMethods())));
        registry.add(PluginSource.broken("lathe-sparsegpt", "1.0.0", "x.jar", "", "Its constructor throws."));
        return registry.view();
    }
}
