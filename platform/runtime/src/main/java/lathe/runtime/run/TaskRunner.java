package lathe.runtime.run;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import lathe.engine.Engine;
import lathe.models.architecture.ArchitectureConfig;
import lathe.models.architecture.ParsedConfig;
import lathe.models.tokenizer.VocabularyClasses;
import lathe.models.transformer.ModelWeights;
import lathe.models.transformer.RunnableModel;
import lathe.models.transformer.ServingPlan;
import lathe.models.transformer.Transformer;
import lathe.report.HeatMap;
import lathe.runtime.compress.CalibrationMemory;
import lathe.runtime.compress.CalibrationText;
import lathe.runtime.compress.CarvingWalk;
import lathe.runtime.compress.Journal;
import lathe.runtime.compress.MergeWalk;
import lathe.runtime.compress.Walk;
import lathe.runtime.graph.MethodUse;
import lathe.runtime.graph.Settings;
import lathe.runtime.graph.SitePatterns;
import lathe.runtime.graph.Task;
import lathe.runtime.graph.Verb;
import lathe.runtime.portrait.MethodNotes;
import lathe.runtime.portrait.Portrait;
import lathe.runtime.registry.PluginView;
import lathe.runtime.store.Artifact;
import lathe.runtime.store.ModelFiles;
import lathe.spi.Kind;
import lathe.spi.LatheException;
import lathe.spi.Progress;
import lathe.spi.Services;
import lathe.spi.attention.AttentionPattern;
import lathe.spi.backend.Compute;
import lathe.spi.graph.LanguageModel;
import lathe.spi.graph.Measurement;
import lathe.spi.kv.Evictor;
import lathe.spi.kv.KvPolicy;
import lathe.spi.router.Carver;
import lathe.spi.router.Router;
import lathe.spi.tensor.Scope;
import lathe.spi.weight.Merger;
import lathe.spi.weight.WeightMethod;

/** Does the work of single tasks. */
final class TaskRunner {
    private final Engine engine;
    private final Compute compute;
    private final PluginView view;
    private final Map<String, List<HeatMap>> portraits = new ConcurrentHashMap<>();
    private final Map<String, MethodNotes> notes = new ConcurrentHashMap<>();
    private final Path scratch;

    /** @param scratch where temporary files go */
    TaskRunner(Engine engine, Compute compute, PluginView view, Path scratch) {
        this.scratch = requireNonNull(scratch, "scratch is null");
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
        return open(settings.folder());
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

    /** Takes up a folder that a source or a step made. */
    ModelHandle open(Path folder) {
        return ModelHandle.load(folder, compute, engine.openScope());
    }

    /** Prunes, quantizes, factorizes or carves a model. */
    ModelHandle compress(Task task, Settings.Compress settings, ModelHandle input, Texts texts, Journal journal,
            Progress progress) {
        Services services = services(task, progress);
        Object method = settings.method().create(services);
        List<int[]> sequences = settings.calibration()
                .map(text -> CalibrationText.sequences(texts.tokens(task, "calibration", input),
                        texts.shown(task, "calibration"), text.sequences(), text.length(), text.skip()))
                .orElse(List.of());
        CalibrationMemory memory = new CalibrationMemory(
                settings.calibration().map(Settings.Calibration::memory).orElse(CalibrationMemory.STANDARD), scratch);
        SitePatterns patterns = new SitePatterns(settings.targets(), settings.ignore());
        Scope result = engine.openScope();
        try {
            ModelWeights weights = method instanceof Carver carver
                    ? new CarvingWalk(input.transformer(), carver, patterns, sequences, memory, services, result,
                            journal).noting(notes(task)).run()
                    : new Walk(input.transformer(), (WeightMethod) method, patterns, sequences, memory, input.pruned(),
                            services, result, journal).noting(notes(task)).run();
            return input.with(weights, task.node().verb() == Verb.PRUNE, result, journal::release);
        } catch (RuntimeException | Error failure) {
            journal.release();
            result.close();
            throw failure;
        }
    }

    /** Makes one model of several. */
    ModelHandle merge(Task task, Settings.Merge settings, List<ModelHandle> inputs, Progress progress) {
        Services services = services(task, progress);
        Merger merger = (Merger) settings.method().create(services);
        Scope result = engine.openScope();
        try {
            return inputs.getFirst()
                    .merged(new MergeWalk(inputs.stream().map(ModelHandle::transformer).toList(), merger,
                            services, result).run(), result);
        } catch (RuntimeException | Error failure) {
            result.close();
            throw failure;
        }
    }

    /** How a model is run; without a serve node plainly. */
    RunnableModel runnable(Task task, ModelHandle model, Optional<Task> served, Scope scope, Progress progress) {
        ServingPlan plan = ServingPlan.PLAIN.withRandom(engine.random(task.seed(), task.node().name()))
                .withTokens(new VocabularyClasses(model.tokenizer()));
        Services own = services(task, progress);
        plan = model.transformer().weights().routing()
                .map(routing -> own.method(Kind.ROUTER, routing.method(), Router.class))
                .map(plan::withRouter).orElse(plan);
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

    /** Takes the maps of a subject before it is judged. */
    private RunnableModel looked(Task task, RunnableModel subject, int[] text, Scope scope) {
        // First of all: a method that looks at its first prompt is heard while it does.
        Portrait.listen(subject, text, notes(task), scope);
        portraits.put(task.id(), Portrait.of(subject, task.subject().orElse(task.node().name()), text, scope));
        return subject;
    }

    /** Takes what methods note while they work on a task, or while they serve what it judges. */
    MethodNotes notes(Task task) {
        return notes.computeIfAbsent(task.id(), id -> new MethodNotes());
    }

    /** What methods noted at a task, as tables. */
    List<HeatMap> noted(Task task) {
        String method = task.node().verb().judges() ? "serving" : task.node().method();
        return notes(task).tables(task.subject().orElse(task.node().name()), method);
    }

    /** The maps of what a task has judged. */
    List<HeatMap> portrait(Task task) {
        return portraits.getOrDefault(task.id(), List.of());
    }

    List<Measurement> judge(Task task, RunnableModel subject, Optional<LanguageModel> reference, ModelHandle model,
            Texts texts, Progress progress) {
        boolean reads = task.node().settings().files().containsKey("on") || task.texts().containsKey("on");
        int[] text = reads ? texts.tokens(task, "on", model) : new int[0];
        if (reads && text.length < 2) {
            throw new LatheException("The text " + texts.shown(task, "on") + " has "
                    + (text.length == 0 ? "no tokens" : "1 token") + ", too few to judge a model by.");
        }
        Services services = services(task, progress);
        try (Scope scope = engine.openScope()) {
            Judgement judgement = new Judgement(services, looked -> new JudgeScene(
                    looked, Optional.empty(), text, () -> texts.documents(task, "on"), model.tokenizer(), scope,
                    progress));
            return switch (task.node().settings()) {
                case Settings.Benchmark benchmark -> new SpeedTest(benchmark).measure(new JudgeScene(
                        subject, reference, text, List::of, model.tokenizer(), scope, progress));
                case Settings.Evaluate evaluate -> judgement.evaluate(
                        evaluate, looked(task, subject, text, scope), reference);
                case Settings.Compare compare -> judgement.compare(compare, subject, reference.orElseThrow());
                default -> throw new IllegalStateException(task.node().verb() + " judges nothing.");
            };
        }
    }
}
