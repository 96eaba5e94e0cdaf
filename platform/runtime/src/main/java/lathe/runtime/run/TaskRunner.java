package lathe.runtime.run;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import lathe.engine.Engine;
import lathe.models.architecture.ArchitectureConfig;
import lathe.models.architecture.ParsedConfig;
import lathe.models.transformer.ModelWeights;
import lathe.models.transformer.RunnableModel;
import lathe.models.transformer.ServingPlan;
import lathe.models.transformer.Transformer;
import lathe.runtime.compress.CalibrationText;
import lathe.runtime.compress.Journal;
import lathe.runtime.compress.Walk;
import lathe.runtime.graph.MethodUse;
import lathe.runtime.graph.Settings;
import lathe.runtime.graph.SitePatterns;
import lathe.runtime.graph.Task;
import lathe.runtime.graph.Verb;
import lathe.runtime.registry.PluginView;
import lathe.runtime.store.Artifact;
import lathe.runtime.store.ModelFiles;
import lathe.spi.Progress;
import lathe.spi.Services;
import lathe.spi.attention.AttentionPattern;
import lathe.spi.backend.Compute;
import lathe.spi.graph.LanguageModel;
import lathe.spi.graph.Measurement;
import lathe.spi.graph.Metric;
import lathe.spi.kv.Evictor;
import lathe.spi.kv.KvPolicy;
import lathe.spi.router.Router;
import lathe.spi.tensor.Scope;
import lathe.spi.weight.WeightMethod;

/** Does the work of single tasks. */
final class TaskRunner {
    private final Engine engine;
    private final Compute compute;
    private final PluginView view;
    private final Map<String, int[]> tokens = new HashMap<>();

    TaskRunner(Engine engine, Compute compute, PluginView view) {
        this.engine = requireNonNull(engine, "engine is null");
        this.compute = requireNonNull(compute, "compute is null");
        this.view = requireNonNull(view, "view is null");
    }

    Compute compute() {
        return compute;
    }

    Scope openScope() {
        return engine.openScope();
    }

    Services services(Task task, Progress progress) {
        return new NodeServices(engine, view, task.seed(), task.node().name(), progress);
    }

    ModelHandle load(Settings.Load settings) {
        return ModelHandle.load(settings.folder(), compute, engine.openScope());
    }

    /** Takes a model up from the store. */
    ModelHandle restore(Artifact artifact) {
        Scope scope = engine.openScope();
        try {
            ModelFiles.Stored stored = ModelFiles.read(artifact.folder(), scope);
            ArchitectureConfig config = ParsedConfig.read(artifact.file("config.json")).config();
            Transformer transformer = Transformer.of(stored.name(), config, stored.weights(), compute, scope);
            return ModelHandle.stored(transformer, artifact.folder(), stored.pruned(), scope, stored);
        } catch (RuntimeException | Error failure) {
            scope.close();
            throw failure;
        }
    }

    /** Prunes or quantizes a model. */
    ModelHandle compress(Task task, Settings.Compress settings, ModelHandle input, Journal journal, Progress progress) {
        Services services = services(task, progress);
        WeightMethod method = (WeightMethod) settings.method().create(services);
        List<int[]> sequences = settings.calibration()
                .map(text -> CalibrationText.sequences(
                        text.data(), input.tokenizer(), text.sequences(), text.length(), text.skip()))
                .orElse(List.of());
        Scope result = engine.openScope();
        try {
            ModelWeights weights = new Walk(input.transformer(), method,
                    new SitePatterns(settings.targets(), settings.ignore()), sequences, input.pruned(), services,
                    result, journal).run();
            return input.with(weights, task.node().verb() == Verb.PRUNE, result);
        } catch (RuntimeException | Error failure) {
            result.close();
            throw failure;
        }
    }

    /** How a model is run; without a serve node plainly. */
    RunnableModel runnable(Task task, ModelHandle model, Optional<Task> served, Scope scope, Progress progress) {
        ServingPlan plan = ServingPlan.PLAIN.withRandom(engine.random(task.seed(), task.node().name()));
        if (served.isPresent() && served.get().node().settings() instanceof Settings.Serve serve) {
            Services services = services(served.get(), progress);
            plan = plan.withElementType(serve.cacheType()).withRandom(services.random());
            for (MethodUse use : serve.methods()) {
                plan = with(plan, use, use.create(services));
            }
        }
        return new RunnableModel(model.transformer(), plan, scope);
    }

    private static ServingPlan with(ServingPlan plan, MethodUse use, Object method) {
        return switch (method) {
            case AttentionPattern pattern -> plan.withAttention(pattern);
            case Evictor evictor -> plan.withCache(evictor, use.budget().orElseThrow());
            case KvPolicy policy -> plan.withCache(policy);
            case Router router -> plan.withRouter(router);
            default -> throw new IllegalStateException(use.id() + " has no place in a serving plan.");
        };
    }

    List<Measurement> judge(Task task, RunnableModel subject, Optional<LanguageModel> reference, ModelHandle model,
            Progress progress) {
        int[] text = task.node().settings().files().containsKey("on")
                ? tokens(model, task)
                : new int[0];
        Services services = services(task, progress);
        List<Measurement> all = new ArrayList<>();
        try (Scope scope = engine.openScope()) {
            JudgeScene scene = new JudgeScene(subject, reference, text, model.tokenizer(), scope, progress);
            switch (task.node().settings()) {
                case Settings.Benchmark benchmark -> all.addAll(new SpeedTest(benchmark).measure(scene));
                case Settings.Evaluate evaluate -> {
                    for (MethodUse use : evaluate.metrics()) {
                        all.addAll(((Metric) use.create(services)).measure(scene));
                    }
                }
                default -> throw new IllegalStateException(task.node().verb() + " judges nothing.");
            }
        }
        return all;
    }

    private int[] tokens(ModelHandle model, Task task) {
        var file = task.node().settings().files().get("on");
        return tokens.computeIfAbsent(file + "|" + model.source(),
                key -> model.tokenizer().encodePlain(CalibrationText.read(file)));
    }
}
