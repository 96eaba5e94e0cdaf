package lathe.runtime.run;

import static java.util.Objects.requireNonNull;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

import lathe.models.architecture.ModelFolder;
import lathe.models.exchange.CheckpointExport;
import lathe.models.exchange.ExportLayout;
import lathe.models.exchange.ExportOptions;
import lathe.models.exchange.ExportResult;
import lathe.models.exchange.ExportSource;
import lathe.models.transformer.ModelWeights;
import lathe.runtime.config.Places;
import lathe.runtime.graph.Settings;
import lathe.runtime.graph.Task;
import lathe.spi.LatheException;
import lathe.spi.Progress;
import lathe.spi.Services;
import lathe.spi.graph.DataSource;
import lathe.spi.graph.LanguageModel;
import lathe.spi.graph.Measurement;
import lathe.spi.graph.ModelSource;
import lathe.spi.graph.Step;
import lathe.spi.graph.StepScene;
import lathe.spi.operator.Dense;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;

/** Does the work of tasks whose results are folders. */
final class FolderRunner {
    private final TaskRunner runner;

    FolderRunner(TaskRunner runner) {
        this.runner = requireNonNull(runner, "runner is null");
    }

    /** Lets a source bring a model; gives the model's folder, which may lie outside of the given one. */
    Path source(Task task, Settings.Source settings, Path folder, Progress progress) {
        Path work = NodeOutput.model(folder);
        ModelSource source = (ModelSource) settings.source().create(runner.services(task, progress));
        return requireNonNull(source.fetch(work), () -> "The source " + settings.source().id() + " gave no folder.");
    }

    /** Writes documents of a source or questions of a task. */
    void data(Task task, Settings.Data settings, Path folder, Progress progress) {
        Services services = runner.services(task, progress);
        Object made = settings.source().create(services);
        switch (made) {
            case DataSource source -> {
                try (Stream<String> documents = source.documents()) {
                    write(documents.map(NodeOutput::line), folder);
                }
            }
            case lathe.spi.graph.Task questions -> write(
                    questions.samples(settings.count(), services.random().stream("data", 0)).stream()
                            .map(sample -> NodeOutput.line(sample.prompt(), sample.answer())),
                    folder);
            default -> throw new IllegalStateException(settings.source().id() + " gives no text.");
        }
    }

    private static void write(Stream<String> lines, Path folder) {
        Path file = folder.resolve(NodeOutput.DOCUMENTS);
        try (BufferedWriter out = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
            for (Iterator<String> all = lines.iterator(); all.hasNext();) {
                out.write(all.next());
                out.write('\n');
            }
        } catch (IOException | UncheckedIOException failure) {
            throw new LatheException("The text cannot be written to " + Places.shown(file) + ": " + failure.getMessage()
                    + ".", failure);
        }
    }

    /** Runs a step. */
    List<Measurement> step(Task task, Settings.OwnStep settings, Map<String, Path> inputs,
            Function<String, LanguageModel> models, Path folder, Progress progress) {
        Step step = (Step) settings.method().create(runner.services(task, progress));
        Path output = settings.product() == Step.Product.MODEL
                ? NodeOutput.model(folder)
                : NodeOutput.files(folder);
        try (Scope scope = runner.openScope()) {
            return step.run(new Scene(inputs, models, output, scope, progress));
        }
    }

    private record Scene(Map<String, Path> inputs, Function<String, LanguageModel> models, Path output, Scope scope,
            Progress progress) implements StepScene {
        @Override
        public LanguageModel model(String node) {
            return models.apply(node);
        }
    }

    /** Writes a model for other engines. */
    List<Measurement> export(Settings.Export settings, ModelHandle model, Path folder, Progress progress) {
        ExportOptions options = ExportOptions.of(settings.layout());
        ExportResult result = write(model, settings.type().map(options::withType).orElse(options), folder);
        result.remarks().forEach(progress::note);
        progress.note("Written to " + Places.shown(folder) + "; can be loaded by " + String.join(", ", result.engines())
                + ".");
        return List.of(Measurement.of("bytes", "exported", result.bytes(), "bytes"));
    }

    /** A model as a folder with dense weights; one that was loaded and not changed is its own folder. */
    Path dense(ModelHandle model, Path folder) {
        ModelWeights weights = model.transformer().weights();
        if (model.untouched()) {
            return model.source();
        }
        boolean plain = weights.sites().stream().allMatch(site -> weights.operator(site) instanceof Dense);
        ExportOptions options = ExportOptions.of(ExportLayout.DENSE);
        write(model, plain ? options : options.withType(DataType.F32), folder);
        return folder;
    }

    private ExportResult write(ModelHandle model, ExportOptions options, Path folder) {
        try (Scope scope = runner.openScope()) {
            return CheckpointExport.write(source(model.source()), model.transformer().weights(), runner.compute(),
                    scope,
                    options, folder);
        }
    }

    /** Names of tensors come from the folder that was loaded; a stored result has only its config. */
    private static ExportSource source(Path folder) {
        if (Files.isRegularFile(folder.resolve("weights.json"))) {
            return ExportSource.ofConfig(folder);
        }
        try (ModelFolder opened = ModelFolder.open(folder)) {
            return ExportSource.of(opened);
        }
    }
}
