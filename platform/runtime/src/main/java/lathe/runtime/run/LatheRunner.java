package lathe.runtime.run;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.typesafe.config.ConfigRenderOptions;

import lathe.engine.Engine;
import lathe.engine.kernels.CpuBackend;
import lathe.report.NodeStatus;
import lathe.report.RunReport;
import lathe.runtime.config.ExperimentException;
import lathe.runtime.config.Overrides;
import lathe.runtime.graph.FileDigests;
import lathe.runtime.graph.Models;
import lathe.runtime.graph.Plan;
import lathe.runtime.graph.Planner;
import lathe.runtime.graph.Task;
import lathe.runtime.price.MachineRate;
import lathe.runtime.price.PastTimes;
import lathe.runtime.price.Price;
import lathe.runtime.price.Pricing;
import lathe.runtime.registry.BuiltInMethods;
import lathe.runtime.registry.ClassPathPlugins;
import lathe.runtime.registry.PluginLease;
import lathe.runtime.registry.PluginRegistry;
import lathe.runtime.registry.PluginView;
import lathe.runtime.store.ArtifactStore;
import lathe.spi.LatheException;
import lathe.spi.Progress;
import lathe.spi.backend.Compute;
import lathe.spi.tensor.Scope;

/**
 * Checks and runs experiments: the way in for the command line, for tests, and for programs that embed Lathe.
 *
 * <pre>{@code
 * RunResult result = LatheRunner.onClassPath().run(Path.of("experiments/quickstart.conf"), RunOptions.defaults());
 * }</pre>
 */
public final class LatheRunner {
    private static final int HASH = 8;

    private final PluginRegistry registry;
    private final Engine engine;

    private LatheRunner(PluginRegistry registry, Engine engine) {
        this.registry = requireNonNull(registry, "registry is null");
        this.engine = requireNonNull(engine, "engine is null");
        BuiltInMethods.addTo(registry);
    }

    /**
     * A runner with the plugins of the class path.
     *
     * @return found through {@link java.util.ServiceLoader} by the thread's context class loader
     */
    public static LatheRunner onClassPath() {
        PluginRegistry registry = new PluginRegistry();
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        ClassPathPlugins.addTo(registry, loader == null ? LatheRunner.class.getClassLoader() : loader);
        return of(registry);
    }

    /**
     * A runner with the plugins of a registry. Each check and each run holds a lease on them.
     *
     * @param registry the methods; the platform's own metrics are added to it
     * @return the runner
     */
    public static LatheRunner of(PluginRegistry registry) {
        return new LatheRunner(registry, Engine.shared());
    }

    /**
     * Checks an experiment: everything that is wrong, or everything that would be done. Nothing is computed.
     *
     * @param file      the experiment
     * @param overrides values put over it
     * @return the plan or the problems
     */
    public PlanResult check(Path file, Overrides overrides) {
        return check(file, RunOptions.defaults().with(overrides));
    }

    /**
     * Checks an experiment with the options that it would be run with.
     *
     * @param file    the experiment
     * @param options of a run; its store says what is there already
     * @return the plan or the problems
     */
    public PlanResult check(Path file, RunOptions options) {
        try (PluginLease lease = registry.lease()) {
            Priced priced = plan(file, options, lease.view(), digests(options));
            Plan plan = priced.plan();
            CacheReasons reasons = new CacheReasons(options);
            List<PlannedNode> nodes = plan.tasks().stream().map(
                    task -> planned(task, reasons, Optional.ofNullable(priced.prices().get(task.id())))).toList();
            return new PlanResult(plan.name(), nodes, plan.problems(), priced.misfits(options));
        }
    }

    /** A plan with what its tasks are expected to take; unpriced if something is wrong. */
    private record Priced(Plan plan, Map<String, Price> computed, Map<String, Price> prices, Set<String> alone) {
        List<String> misfits(RunOptions options) {
            CacheReasons reasons = new CacheReasons(options);
            Set<String> used = new HashSet<>();
            plan.tasks().forEach(task -> used.addAll(task.inputs()));
            Set<String> wanted = new HashSet<>();
            List<Task> missing = new ArrayList<>();
            for (Task task : plan.tasks().reversed()) {
                boolean needed = wanted.contains(task.id()) || !used.contains(task.id());
                if (needed && !reasons.of(task).equals(CacheReasons.CACHED)) {
                    wanted.addAll(task.inputs());
                    missing.addFirst(task);
                }
            }
            return Fit.misfits(missing, prices, options);
        }

        Map<String, Long> memory() {
            Map<String, Long> memory = new HashMap<>();
            prices.forEach((task, price) -> memory.put(task, price.memory()));
            return memory;
        }
    }

    private static PlannedNode planned(Task task, CacheReasons reasons, Optional<Price> price) {
        String reason = reasons.of(task);
        return new PlannedNode(task.node().name() + task.subject().map(name -> ": " + name).orElse(""),
                task.node().verb().key(), task.node().method(), task.node().inputs(), task.point(),
                task.node().where(), task.address(), reason.equals(CacheReasons.CACHED), reason, price);
    }

    /**
     * Runs an experiment. An interrupt of the calling thread stops it at the next place where the node at work tells how far
     * it is: the report is written, what was cut off and what was not begun is marked as interrupted, and the same run later
     * goes on from there. The interrupt is answered by that and does not stay set.
     *
     * @param file    the experiment
     * @param options how
     * @return the run's folder and report; nodes may have failed or been interrupted
     * @throws ExperimentException          if the experiment is wrong; nothing has then been computed or written
     * @throws lathe.spi.LatheException if the run folder cannot be written
     */
    public RunResult run(Path file, RunOptions options) {
        requireNonNull(file, "file is null");
        requireNonNull(options, "options is null");
        return StopSignal.during(stop -> run(file, options, stop));
    }

    /**
     * Makes the model of one node, or takes it up from the store, and lends it. What other nodes would do is not done. Like a
     * run it leaves a folder with its log, its resolved configuration and its lineage.
     *
     * @param file    the experiment
     * @param node    name of a node that has a model: a load, prune, quantize or serve node
     * @param options how
     * @param user    works with the model in the calling thread; must not keep it
     * @throws ExperimentException          if the experiment is wrong; nothing has then been computed or written
     * @throws lathe.spi.LatheException if there is no such node, or its model cannot be made
     */
    public void lend(Path file, String node, RunOptions options, Consumer<LentModel> user) {
        requireNonNull(file, "file is null");
        requireNonNull(node, "node is null");
        requireNonNull(options, "options is null");
        requireNonNull(user, "user is null");
        try (PluginLease lease = registry.lease()) {
            FileDigests digests = digests(options);
            Plan plan = plan(file, options, lease.view(), digests).plan();
            if (!plan.problems().isEmpty()) {
                throw new ExperimentException(plan.problems());
            }
            Task wanted = Lending.task(plan, node);
            Map<String, Object> lineage = Lineage.of(plan, options, engine, digests);
            Optional<ArtifactStore> store = options.store().map(ArtifactStore::open);
            String hash = wanted.address().substring(0, HASH);
            List<Task> tasks = Lending.needed(plan, wanted);
            try (RunFolder folder = RunFolder.create(options.runs(), plan.name(), Instant.now(), hash);
                    Compute compute = new CpuBackend(engine).open(engine.parallel())) {
                write(plan, lineage, folder);
                options.listener().started(plan.name(), tasks.size(), folder.path());
                new Execution(new TaskRunner(engine, compute, lease.view(), scratch(store, folder)),
                        new RunLog(folder, options.listener(), StopSignal.never()), tasks, store, options.fresh(),
                        StopSignal.never(), folder, Limits.sequential(), Set.of(wanted.id())).lend(wanted, user);
            }
        }
    }

    /** Temporary files lie where results go, which is a disk and not memory. */
    private static Path scratch(Optional<ArtifactStore> store, RunFolder folder) {
        return store.map(kept -> kept.root().resolve("tmp")).orElse(folder.path().resolve("work"));
    }

    private static void write(Plan plan, Map<String, Object> lineage, RunFolder folder) {
        folder.write("resolved.conf", plan.config().orElseThrow().root().render(
                ConfigRenderOptions.defaults().setOriginComments(false).setJson(false)));
        folder.write("lineage.json", json().toJson(lineage));
    }

    private RunResult run(Path file, RunOptions options, StopSignal stop) {
        try (PluginLease lease = registry.lease()) {
            FileDigests digests = digests(options);
            Priced priced = plan(file, options, lease.view(), digests);
            Plan plan = priced.plan();
            if (!plan.problems().isEmpty()) {
                throw new ExperimentException(plan.problems());
            }
            List<String> misfits = priced.misfits(options);
            if (!misfits.isEmpty() && !options.force()) {
                throw new LatheException(
                        String.join("\n", misfits) + "\nNothing was started; --force tries it all the same.");
            }
            Map<String, Object> lineage = Lineage.of(plan, options, engine, digests);
            digests.remember();
            return run(priced, options, lease.view(), lineage, stop);
        }
    }

    private RunResult run(Priced priced, RunOptions options, PluginView view, Map<String, Object> lineage,
            StopSignal stop) {
        Instant started = Instant.now();
        Plan plan = priced.plan();
        Optional<ArtifactStore> store = options.store().map(ArtifactStore::open);
        String hash = plan.tasks().isEmpty() ? "empty" : plan.tasks().getLast().address().substring(0, HASH);
        try (RunFolder folder = RunFolder.create(options.runs(), plan.name(), started, hash);
                Compute compute = new CpuBackend(engine).open(engine.parallel())) {
            write(plan, lineage, folder);
            RunLog log = new RunLog(folder, options.listener(), stop);
            options.listener().started(plan.name(), plan.tasks().size(), folder.path());
            priced.misfits(options).forEach(log::warn);
            RunReports reports = new RunReports(plan, lineage, options, log, started, folder);
            Execution execution = new Execution(
                    new TaskRunner(engine, compute, view, scratch(store, folder)), log, plan.tasks(), store,
                    options.fresh(), stop, folder,
                    new Limits(options.jobs(), options.memory(), priced.memory(), priced.alone()), Set.of());
            stop.answerWith(() -> reports.interim(execution.soFar()));
            List<TaskResult> results = execution.run();
            options.store().ifPresent(kept -> remember(results, priced.computed(), PastTimes.of(kept)));
            RunReport report = reports.last(results);
            return new RunResult(folder.path(), report);
        }
    }

    private static void remember(List<TaskResult> results, Map<String, Price> computed, PastTimes times) {
        for (TaskResult result : results) {
            Price price = computed.get(result.task().id());
            if (result.status() == NodeStatus.DONE && price != null) {
                times.remember(result.task(), price, result.seconds());
            }
        }
    }

    private static Gson json() {
        return new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().serializeSpecialFloatingPointValues()
                .create();
    }

    private static FileDigests digests(RunOptions options) {
        return new FileDigests(options.store().map(store -> store.resolve("digests.properties")));
    }

    private Priced plan(Path file, RunOptions options, PluginView view, FileDigests digests) {
        int most = options.largeSweeps() ? Integer.MAX_VALUE : RunOptions.MOST_POINTS;
        NodeServices trial = new NodeServices(engine, view, 0, "plan", Progress.NONE);
        try (Compute compute = new CpuBackend(engine).open(engine.parallel())) {
            Models models = new ModelSketches(engine, compute);
            Plan plan = new Planner(view, models, trial, digests, engine.description(), most).plan(file,
                    options.overrides());
            Set<String> alone = plan.tasks().stream().filter(task -> Limits.wantsQuiet(task, trial)).map(Task::id)
                    .collect(Collectors.toSet());
            Map<String, Price> computed = prices(plan, models, trial, options);
            Map<String, Price> known = options.store().map(PastTimes::of)
                    .map(times -> times.over(plan.tasks(), computed)).orElse(computed);
            return new Priced(plan, computed, known, alone);
        }
    }

    private Map<String, Price> prices(Plan plan, Models models, NodeServices trial, RunOptions options) {
        if (plan.tasks().isEmpty()) {
            return Map.of();
        }
        try (Scope scope = engine.openScope()) {
            return new Pricing(models, trial, MachineRate.measured(scope), options.store().isPresent())
                    .of(plan.tasks());
        }
    }

    /**
     * The methods that experiments can use now.
     *
     * @return the registry's view
     */
    public PluginView methods() {
        return registry.view();
    }
}
