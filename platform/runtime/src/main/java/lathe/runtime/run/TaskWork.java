package lathe.runtime.run;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import lathe.models.transformer.ModelWeights;
import lathe.models.transformer.RunnableModel;
import lathe.report.NodeStatus;
import lathe.runtime.compress.Journal;
import lathe.runtime.graph.Product;
import lathe.runtime.graph.Settings;
import lathe.runtime.graph.Task;
import lathe.runtime.store.Artifact;
import lathe.runtime.store.ArtifactStore;
import lathe.runtime.store.BlockJournal;
import lathe.runtime.store.MapFiles;
import lathe.runtime.store.ModelFiles;
import lathe.runtime.store.NodeLock;
import lathe.runtime.store.NumberFiles;
import lathe.spi.LatheException;
import lathe.spi.Progress;
import lathe.spi.graph.LanguageModel;
import lathe.spi.graph.Measurement;
import lathe.spi.tensor.Scope;

/** Computes single tasks, or takes their results up from the store. Safe for use by several threads. */
final class TaskWork {
    private final TaskRunner runner;
    private final FolderRunner folders;
    private final RunLog log;
    private final Optional<ArtifactStore> store;
    private final boolean fresh;
    private final RunFolder run;
    private final Map<String, Task> byId = new HashMap<>();
    private final Texts texts;
    private final Shelf shelf;
    private final References references;

    TaskWork(TaskRunner runner, RunLog log, List<Task> tasks, Optional<ArtifactStore> store, boolean fresh,
            RunFolder run, Shelf shelf) {
        this.runner = requireNonNull(runner, "runner is null");
        this.folders = new FolderRunner(runner);
        this.log = requireNonNull(log, "log is null");
        this.store = requireNonNull(store, "store is null");
        this.fresh = fresh;
        this.run = requireNonNull(run, "run is null");
        this.shelf = requireNonNull(shelf, "shelf is null");
        this.texts = new Texts(shelf::folder);
        this.references = new References(runner);
        tasks.forEach(task -> byId.put(task.id(), task));
    }

    References references() {
        return references;
    }

    /** What a task that is not needed again has left in the store: its numbers and maps. */
    static TaskResult cached(Task task, Artifact artifact) {
        return new TaskResult(task, NodeStatus.CACHED, 0, null, numbers(artifact))
                .with(MapFiles.read(MapFiles.MAPS, artifact.folder()),
                        MapFiles.read(MapFiles.NOTES, artifact.folder()));
    }

    private static List<Measurement> numbers(Artifact artifact) {
        return Files.isRegularFile(artifact.file(NumberFiles.FILE))
                ? NumberFiles.read(artifact.folder())
                : List.of();
    }

    /** Does a task of which the store holds nothing. */
    TaskResult compute(Task task) {
        long start = System.nanoTime();
        if (Cache.keeps(task) && store.isPresent()) {
            return once(task, store.get(), start);
        }
        Path place = run.path().resolve("work").resolve(task.address());
        return new TaskResult(task, NodeStatus.DONE, 0, null, work(task, Journal.NONE, place))
                .with(runner.portrait(task), runner.noted(task)).after(start);
    }

    /** Takes a result up from the store. */
    TaskResult restore(Task task, Artifact artifact) {
        long start = System.nanoTime();
        switch (task.node().settings()) {
            case Settings.Compress compress -> shelf.put(task.id(), runner.restore(artifact));
            case Settings.Merge merge -> shelf.put(task.id(), runner.restore(artifact));
            default -> keepFolder(task, artifact.folder());
        }
        return cached(task, artifact).after(start);
    }

    private void keepFolder(Task task, Path folder) {
        shelf.put(task.id(), folder);
        boolean files = task.node().product() != Product.MODEL;
        if (!files) {
            shelf.put(task.id(), runner.open(NodeOutput.modelIn(folder, task.node().method())));
        }
    }

    /** Computes a result that is kept, unless another process did so meanwhile. */
    private TaskResult once(Task task, ArtifactStore kept, long start) {
        try (NodeLock lock = NodeLock.take(kept, task.address())) {
            Optional<Artifact> meanwhile = fresh ? Optional.empty() : kept.find(task.address(), log::warn);
            if (meanwhile.isPresent()) {
                return task.node().verb().judges()
                        ? cached(task, meanwhile.get()).after(start)
                        : restore(task, meanwhile.get()).after(start);
            }
            BlockJournal journal = new BlockJournal(kept, task.address(), task.title(), log.progress(task),
                    runner.notes(task));
            Path scratch = kept.scratch();
            List<Measurement> measurements = work(task, fresh ? Journal.NONE : journal, scratch);
            store(task, kept, measurements, scratch);
            journal.clear();
            return new TaskResult(task, NodeStatus.DONE, 0, null, measurements)
                    .with(runner.portrait(task), runner.noted(task)).after(start);
        }
    }

    /** A result that cannot be kept is still a result. */
    private void store(Task task, ArtifactStore kept, List<Measurement> measurements, Path scratch) {
        try {
            if (task.node().verb().judges()) {
                kept.put(task.address(), task.title(), task.content(),
                        folder -> {
                            NumberFiles.write(measurements, folder);
                            MapFiles.write(MapFiles.MAPS, runner.portrait(task), folder);
                            MapFiles.write(MapFiles.NOTES, runner.noted(task), folder);
                        });
            } else if (Cache.leavesFolder(task)) {
                if (Files.isDirectory(scratch)) {
                    NumberFiles.write(measurements, scratch);
                    keepFolderAnew(task, kept.adopt(task.address(), task.title(), task.content(), scratch));
                }
            } else {
                storeModel(task, kept);
            }
        } catch (LatheException failure) {
            log.progress(task).note(failure.getMessage() + " The run goes on; the next one computes this again.");
        }
    }

    /** The files have moved into the store. */
    private void keepFolderAnew(Task task, Artifact artifact) {
        if (shelf.hasModel(task.id())) {
            shelf.replace(task.id(), runner.open(NodeOutput.modelIn(artifact.folder(), task.node().method())));
        }
        shelf.put(task.id(), artifact.folder());
    }

    private void storeModel(Task task, ArtifactStore kept) {
        ModelHandle model = shelf.model(task.id());
        ModelWeights weights = model.transformer().weights();
        if (!ModelFiles.storable(weights)) {
            log.progress(task).note("The result has a form that cannot be stored; the next run computes it again.");
            return;
        }
        String name = model.transformer().info().name();
        Artifact artifact = kept.put(task.address(), task.title(), task.content(),
                folder -> {
                    ModelFiles.write(name, weights, model.pruned(), model.source(), folder);
                    MapFiles.write(MapFiles.NOTES, runner.noted(task), folder);
                });
        // The stored weights are mapped, so that what the walk made need not stay in memory.
        shelf.replace(task.id(), runner.restore(artifact));
    }

    private List<Measurement> work(Task task, Journal journal, Path place) {
        Progress progress = log.progress(task);
        switch (task.node().settings()) {
            case Settings.Load load -> shelf.put(task.id(), runner.load(load));
            case Settings.Compress compress -> shelf.put(task.id(),
                    runner.compress(task, compress, model(task, 0), texts, journal, progress));
            case Settings.Merge merge -> shelf.put(task.id(), runner.merge(task, merge,
                    task.works().stream().map(shelf::model).toList(), progress));
            case Settings.Serve serve -> {
                // A served model is its model; how it is run is made anew for every judgement.
                ModelHandle model = model(task, 0);
                model.retain();
                shelf.put(task.id(), model);
            }
            case Settings.Source source -> source(task, source, place, progress);
            case Settings.Data data -> {
                folders.data(task, data, made(place), progress);
                shelf.put(task.id(), place);
            }
            case Settings.OwnStep step -> {
                return step(task, step, made(place), progress);
            }
            case Settings.Export export -> {
                Path folder = export.to().orElseGet(() -> run.path().resolve(task.node().name()));
                return folders.export(export, model(task, 0), folder, progress);
            }
            case Settings.Evaluate evaluate -> {
                return judge(task, progress);
            }
            case Settings.Compare compare -> {
                return judge(task, progress);
            }
            case Settings.Benchmark benchmark -> {
                return judge(task, progress);
            }
        }
        return List.of();
    }

    private ModelHandle model(Task task, int input) {
        return shelf.model(task.works().get(input));
    }

    private static Path made(Path folder) {
        try {
            return Files.createDirectories(folder);
        } catch (IOException failure) {
            throw new LatheException("The folder " + folder + " cannot be made: " + failure.getMessage() + ".",
                    failure);
        }
    }

    private void source(Task task, Settings.Source source, Path place, Progress progress) {
        Path folder = folders.source(task, source, made(place), progress);
        if (!folder.toAbsolutePath().normalize().startsWith(place.toAbsolutePath().normalize())) {
            // It lies where it is; there is nothing to keep.
            ArtifactStore.delete(place);
        }
        shelf.put(task.id(), runner.open(folder));
    }

    private List<Measurement> step(Task task, Settings.OwnStep step, Path place, Progress progress) {
        List<AutoCloseable> open = new ArrayList<>();
        Path copies = run.path().resolve("work").resolve("inputs-" + task.address());
        try (Scope scope = runner.openScope()) {
            Map<String, Path> inputs = new LinkedHashMap<>();
            for (String id : task.works()) {
                String name = byId.get(id).node().name();
                inputs.put(name, byId.get(id).node().product() == Product.MODEL
                        ? folders.dense(shelf.model(id), made(copies).resolve(name))
                        : files(id));
            }
            List<Measurement> measurements = folders.step(task, step, inputs,
                    name -> stepModel(task, name, scope, progress), place, progress);
            keepFolder(task, place);
            return measurements;
        } finally {
            ArtifactStore.delete(copies);
        }
    }

    private Path files(String id) {
        Path folder = shelf.folder(id);
        return byId.get(id).node().product() == Product.TEXT ? folder : NodeOutput.files(folder);
    }

    private LanguageModel stepModel(Task task, String node, Scope scope, Progress progress) {
        String id = task.works().stream().filter(input -> byId.get(input).node().name().equals(node)).findFirst()
                .filter(shelf::hasModel).orElseThrow(() -> new LatheException("The step asks for a model of the node '"
                        + node + "', which it does not work on or which has none."));
        return runnable(task, id, scope, progress);
    }

    private List<Measurement> judge(Task task, Progress progress) {
        String subject = task.works().getFirst();
        try (Scope scope = runner.openScope()) {
            Optional<LanguageModel> reference = References.compares(task)
                    ? Optional.of(references.of(task, own -> runnable(task, task.works().get(1), own, progress)))
                    : Optional.empty();
            return runner.judge(task, runnable(task, subject, scope, progress), reference, shelf.model(subject), texts,
                    progress);
        }
    }

    /** A model as its serve node says. */
    RunnableModel runnable(Task task, String id, Scope scope, Progress progress) {
        Task made = byId.get(id);
        Optional<Task> served = made.node().settings() instanceof Settings.Serve ? Optional.of(made) : Optional.empty();
        return runner.runnable(task, shelf.model(id), served, scope, progress);
    }
}
