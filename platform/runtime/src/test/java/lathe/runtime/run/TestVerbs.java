package lathe.runtime.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import lathe.runtime.graph.TestMethods;
import lathe.runtime.registry.PluginRegistry;
import lathe.runtime.registry.PluginSource;
import lathe.spi.Default;
import lathe.spi.Method;
import lathe.spi.MethodChoice;
import lathe.spi.Plugin;
import lathe.spi.Range;
import lathe.spi.Services;
import lathe.spi.graph.DataSource;
import lathe.spi.graph.Measurement;
import lathe.spi.graph.Step;
import lathe.spi.graph.StepScene;
import lathe.spi.operator.LinearOperator;
import lathe.spi.operator.LowRank;
import lathe.spi.router.CarvedExperts;
import lathe.spi.router.Carver;
import lathe.spi.router.CarvingScene;
import lathe.spi.router.Router;
import lathe.spi.router.Routing;
import lathe.spi.router.RoutingScene;
import lathe.spi.statistics.Requirements;
import lathe.spi.statistics.StatisticKey;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.SparsityPattern;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.Factorizer;
import lathe.spi.weight.InverseFactor;
import lathe.spi.weight.MergeScene;
import lathe.spi.weight.Merger;
import lathe.spi.weight.Pruned;
import lathe.spi.weight.Pruner;
import lathe.spi.weight.WeightScene;

/** Methods of the kinds that have no plugin here, as simple as they can be. */
public final class TestVerbs implements Plugin {
    public record CarverConfig(@Default("4") @Range("[1, inf)") int routed,
            @Default("2") @Range("[1, inf)") int active) {}

    public record RouterConfig(@Default("0") double shift) {}

    public record NoConfig() {}

    public record StepConfig(@Default("3") int lines) {}

    public record RankConfig(@Default("8") @Range("[1, inf)") int rank) {}

    /** Shares the neurons that are busiest, cuts the others in order, routes by the mean of each group's gates. */
    private record Busiest(CarverConfig config) implements Carver {
        @Override
        public CarvedExperts carve(CarvingScene scene) {
            float[] busy = new float[scene.width()];
            scene.eachActivation(batch -> {
                float[] sums = batch.inputs().in(scene.scope()).abs().sum(0).toFloats();
                for (int i = 0; i < sums.length; i++) {
                    busy[i] += sums[i];
                }
            });
            int size = scene.width() / (config.routed() + 1);
            int shared = scene.width() - size * config.routed();
            int[] order = IntStream.range(0, busy.length).boxed()
                    .sorted((a, b) -> Float.compare(busy[b], busy[a])).mapToInt(Integer::intValue).toArray();
            List<int[]> groups = new ArrayList<>();
            Tensor gate = scene.gate().orElseThrow();
            Tensor router = scene.scope().zeros(config.routed(), gate.size(1));
            for (int expert = 0; expert < config.routed(); expert++) {
                int[] group = java.util.Arrays.copyOfRange(order, shared + expert * size, shared + (expert + 1) * size);
                groups.add(group);
                router.row(expert).assign(gate.select(group).mean(0));
            }
            return new CarvedExperts(java.util.Arrays.copyOf(order, shared), groups, router,
                    Map.of("expert_bias", scene.scope().zeros(config.routed())));
        }

        @Override
        public int routed() {
            return config.routed();
        }

        @Override
        public int active() {
            return config.active();
        }

        @Override
        public MethodChoice router() {
            return MethodChoice.of("largest", Map.of("shift", 0.5));
        }
    }

    /** The experts with the largest logits, each with weight 1. */
    private record Largest(RouterConfig config) implements Router {
        @Override
        public Routing route(RoutingScene scene) {
            if (config.shift() != 0.5 || scene.parameter("router_weight").isEmpty()) {
                throw new IllegalStateException("The router is not the one that the carver named.");
            }
            float[] bias = scene.parameter("expert_bias").orElseThrow().toFloats();
            Tensor experts = scene.logits().in(scene.scope()).add(bias[0]).topK(scene.expertsPerToken());
            Tensor weights = scene.scope().zeros(DataType.F32, experts.size(0), experts.size(1)).fill(1);
            return Routing.of(experts, weights);
        }
    }

    /** Set in a process that is to stay in the middle of a walk until it is killed. */
    static final String STAY = "lathe.test.stay";

    /** Prunes by size and input; stays forever at the third block if the process is to. */
    private static final class Staying implements Pruner {
        @Override
        public Requirements requirements() {
            return Requirements.of(StatisticKey.INPUT_SQUARES);
        }

        @Override
        public Pruned prune(WeightScene scene) {
            if (System.getProperty(STAY) != null && scene.site().block() == 2) {
                while (true) {
                    LockSupport.park();
                }
            }
            Tensor score = scene.weight().abs().scaleColumns(scene.statistics().get(StatisticKey.INPUT_SQUARES).sqrt());
            scene.note("score_sum", score.sum());
            return Pruned.keep(Mask.largestPerRow(score, SparsityPattern.UNSTRUCTURED, 0.5), scene.weight());
        }
    }

    /** Inverts a Hessian as GPTQ does, and leaves the weights as they are. */
    private record Solving(Services services) implements Pruner {
        @Override
        public Requirements requirements() {
            return Requirements.of(StatisticKey.GRAM);
        }

        @Override
        public Pruned prune(WeightScene scene) {
            try (Scope work = scene.scope().child()) {
                Tensor hessian = scene.statistics().get(StatisticKey.GRAM).in(work).multiply(2);
                InverseFactor.overwriting(hessian, 0.01, services.linearAlgebra(), scene.scope());
            }
            return Pruned.keep(Mask.all(scene.weight().size(0), scene.weight().size(1)), scene.weight().copy());
        }
    }

    private record Random(RankConfig config) implements Factorizer {
        @Override
        public LinearOperator factorize(WeightScene scene) {
            int rank = config.rank();
            Tensor left = scene.weight().slice(1, 0, rank).copy();
            return new LowRank(left, scene.scope().zeros(rank, scene.site().inFeatures()).fill(1e-3));
        }
    }

    private static final class Mean implements Merger {
        @Override
        public Tensor merge(MergeScene scene) {
            Tensor sum = scene.scope().zeros(scene.tensors().getFirst().shape().toArray());
            for (Tensor tensor : scene.tensors()) {
                sum = sum.add(tensor.in(scene.scope()));
            }
            return sum.divide(scene.tensors().size());
        }
    }

    /** Says what it was given. */
    private record Looking(StepConfig config) implements Step {
        @Override
        public Product product() {
            return Product.FILES;
        }

        @Override
        public List<Measurement> run(StepScene scene) {
            List<String> lines = new ArrayList<>();
            scene.inputs().forEach((node, folder) -> lines.add(node + " " + Stream
                    .of("config.json", "model.safetensors", "documents.jsonl", "said/lines.txt")
                    .filter(name -> Files.exists(folder.resolve(name))).toList()));
            write(scene.output().resolve("said/lines.txt"), String.join("\n", lines));
            return List.of(Measurement.of("inputs", "seen", lines.size(), ""));
        }
    }

    /** Copies its first input as the new model, after having run it. */
    private static final class Copying implements Step {
        @Override
        public Product product() {
            return Product.MODEL;
        }

        @Override
        public List<Measurement> run(StepScene scene) {
            String name = scene.inputs().keySet().iterator().next();
            double logit = scene.model(name).logits(new int[] {1, 2, 3}, scene.scope()).get(2, 7);
            try (Stream<Path> files = Files.list(scene.inputs().get(name))) {
                for (Path file : files.toList()) {
                    Files.copy(file, scene.output().resolve(file.getFileName()));
                }
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
            return List.of(Measurement.of("logit", "first", logit, ""));
        }
    }

    private record Lines(StepConfig config) implements DataSource {
        @Override
        public Stream<String> documents() {
            return IntStream.range(0, config.lines()).mapToObj(
                    i -> "Number " + i + " of the documents is said once and again, by many and by few. ".repeat(6));
        }
    }

    private static void write(Path file, String text) {
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public List<Method<?>> methods() {
        return List.of(
                Method.carver("busiest", CarverConfig.class, Busiest::new),
                Method.router("largest", RouterConfig.class, Largest::new),
                Method.factorizer("columns", RankConfig.class, Random::new),
                Method.pruner("solving", NoConfig.class, (config, services) -> new Solving(services)),
                Method.pruner("staying", NoConfig.class, config -> new Staying()),
                Method.merger("mean", NoConfig.class, config -> new Mean()),
                Method.step("looking", StepConfig.class, Looking::new),
                Method.step("copying", NoConfig.class, config -> new Copying()),
                Method.dataSource("lines", StepConfig.class, Lines::new));
    }

    /** These methods beside those of {@link TestMethods}. */
    static PluginRegistry registry() {
        PluginRegistry registry = TestMethods.registry();
        registry.add(new PluginSource("test-verbs", "1.0.0", "class path", "", "", null, List.of(new TestVerbs())));
        return registry;
    }
}
