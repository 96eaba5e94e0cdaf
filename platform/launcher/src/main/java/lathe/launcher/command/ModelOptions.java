package lathe.launcher.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

import com.typesafe.config.ConfigUtil;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import lathe.engine.Engine;
import lathe.engine.kernels.CpuBackend;
import lathe.launcher.Platforms;
import lathe.launcher.terminal.RunProgress;
import lathe.launcher.terminal.Terminal;
import lathe.models.architecture.ModelFolder;
import lathe.models.transformer.RunnableModel;
import lathe.models.transformer.ServingPlan;
import lathe.models.transformer.Transformer;
import lathe.runtime.run.LentModel;
import lathe.runtime.run.RunOptions;
import lathe.spi.LatheException;
import lathe.spi.backend.Compute;
import lathe.spi.tensor.Scope;

/**
 * Which model a command generates with, and how it is run: that of a folder, plainly or with methods of the command line, or
 * that of a node of an experiment.
 */
final class ModelOptions {
    private static final String NODE = "served";

    @Parameters(paramLabel = "MODEL", description = "A folder with config.json, safetensors and tokenizer.json; the name of a model that comes with Lathe; or an experiment file together with --node.")
    private Path model;

    @Option(names = "--node", paramLabel = "NAME", description = "The node of the experiment whose model is taken: what it needs is computed, or taken up from the store.")
    private String node;

    @Option(names = "--cache", paramLabel = "METHOD", description = "What is kept of the text, as in a serve node: h2o, or with parameters 'h2o, budget = 128'.")
    private String cache;

    @Option(names = "--attention", paramLabel = "METHOD", description = "Which keys are read, as in a serve node, such as streaming-llm.")
    private String attention;

    @Option(names = "--router", paramLabel = "METHOD", description = "Which experts are asked, as in a serve node.")
    private String router;

    @Mixin
    private RunSettings settings;

    /** What the model is called. */
    String name() {
        Path file = model.toAbsolutePath().normalize().getFileName();
        String name = file == null ? "model" : file.toString();
        return node == null ? name : name.replaceFirst("\\.conf$", "") + "/" + node;
    }

    /**
     * Opens the model and lends it.
     *
     * @param platforms lends the methods where some are asked for
     * @param spec      the command
     * @param user      works with the model
     */
    void use(Platforms platforms, CommandSpec spec, Consumer<LentModel> user) {
        if (Files.isRegularFile(model)) {
            ofExperiment(platforms, spec, user);
            return;
        }
        if (node != null) {
            throw new LatheException("--node has a meaning for an experiment file alone, and " + model + " is none.");
        }
        Path folder = folder();
        if (cache == null && attention == null && router == null) {
            plain(folder, user);
        } else {
            withMethods(folder, platforms, spec, user);
        }
    }

    private Path folder() {
        if (Files.isDirectory(model)) {
            return model;
        }
        // A name without a path is that of a model that comes along.
        return Stream.of(Path.of(System.getProperty("lathe.root", ".")).resolve("experiments/models"),
                Path.of(System.getProperty("lathe.shared", "../shared")).resolve("models"))
                .filter(parent -> model.getNameCount() == 1 && !model.isAbsolute())
                .map(parent -> parent.resolve(model))
                .filter(Files::isDirectory).findFirst()
                .orElseThrow(() -> new LatheException("There is no model folder " + model.toAbsolutePath()
                        + ", and no model of that name comes with Lathe."));
    }

    private static void plain(Path path, Consumer<LentModel> user) {
        try (ModelFolder folder = ModelFolder.open(path)) {
            // The tokenizer is read while the engine starts and the weights are prepared; whoever asks for it waits.
            Thread.ofPlatform().daemon().start(() -> readAhead(folder));
            plain(path, folder, user);
        }
    }

    /** What is wrong with a tokenizer is told to the one that asks for it. */
    private static void readAhead(ModelFolder folder) {
        try {
            folder.tokenizer();
        } catch (LatheException toldLater) {
            // The folder tries again when it is asked, and says so.
        }
    }

    private static void plain(Path path, ModelFolder folder, Consumer<LentModel> user) {
        Engine engine = Engine.shared();
        try (Scope scope = engine.openScope();
                Compute compute = new CpuBackend(engine).open(engine.parallel());
                Transformer transformer = Transformer.of(folder, compute, scope)) {
            user.accept(
                    new LentModel(new RunnableModel(transformer, ServingPlan.PLAIN, scope), folder.tokenizer(), path,
                            scope));
        }
    }

    private void ofExperiment(Platforms platforms, CommandSpec spec, Consumer<LentModel> user) {
        if (node == null) {
            throw new LatheException("Say with --node which node's model of the experiment " + model + " is wanted.");
        }
        if (cache != null || attention != null || router != null) {
            throw new LatheException("A node of an experiment says itself how its model is run: leave --cache, "
                    + "--attention and --router out, or change the experiment with -D.");
        }
        RunProgress progress = new RunProgress(spec.commandLine().getErr(), Terminal.NONE);
        String command = "lathe " + String.join(" ", spec.commandLine().getParseResult().originalArgs());
        platforms.use(platform -> platform.runner().lend(model, node, settings.options(command, progress), lent -> {
            progress.finish();
            user.accept(lent);
        }));
    }

    /** As an experiment of a model and a serve node, which checks the methods and what they want as any other does. */
    private void withMethods(Path folder, Platforms platforms, CommandSpec spec, Consumer<LentModel> user) {
        StringBuilder served = new StringBuilder(NODE + " { serve = model\n");
        part(served, "cache", cache);
        part(served, "attention", attention);
        part(served, "router", router);
        try {
            Path trial = Files.createTempDirectory("lathe-");
            try {
                Path file = Files.writeString(trial.resolve("command-line.conf"), "graph {\n  model { load = "
                        + ConfigUtil.quoteString(folder.toAbsolutePath().toString()) + " }\n  " + served + "  }\n}\n");
                RunOptions options = RunOptions.in(trial).withoutStore();
                platforms.use(platform -> platform.runner().lend(file, NODE, options, user));
            } finally {
                delete(trial);
            }
        } catch (IOException failure) {
            throw new LatheException("The folder for temporary files cannot be written: " + failure.getMessage() + ".",
                    failure);
        }
    }

    private static void part(StringBuilder served, String key, String method) {
        Optional.ofNullable(method).ifPresent(
                use -> served.append("    ").append(key).append(" { use = ").append(use).append(" }\n"));
    }

    private static void delete(Path folder) throws IOException {
        List<Path> all;
        try (Stream<Path> files = Files.walk(folder)) {
            all = files.toList();
        }
        for (Path file : all.reversed()) {
            Files.deleteIfExists(file);
        }
    }
}
