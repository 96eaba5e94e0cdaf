package lathe.launcher.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import lathe.launcher.Platforms;
import lathe.launcher.terminal.RunProgress;
import lathe.launcher.terminal.Terminal;
import lathe.runtime.run.LentModel;
import lathe.runtime.run.RunOptions;
import lathe.spi.LatheException;

/**
 * Which model a command generates with, and how it is run: that of a folder, plainly or with methods of the command line, or
 * that of a node of an experiment.
 */
final class ModelOptions {
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

    /** A folder, a name, or an experiment. */
    Path path() {
        return model;
    }

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
        Path folder = PlainModel.folder(model);
        if (cache == null && attention == null && router == null) {
            PlainModel.lend(folder, user);
        } else {
            withMethods(folder, platforms, spec, user);
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
        CommandLineExperiment experiment = new CommandLineExperiment(folder);
        Optional.ofNullable(cache).ifPresent(method -> experiment.use("cache", method));
        Optional.ofNullable(attention).ifPresent(method -> experiment.use("attention", method));
        Optional.ofNullable(router).ifPresent(method -> experiment.use("router", method));
        try {
            Path trial = Files.createTempDirectory("lathe-");
            try {
                Path file = Files.writeString(trial.resolve("command-line.conf"), experiment.text());
                RunOptions options = RunOptions.in(trial).withoutStore();
                platforms.use(platform -> platform.runner().lend(file, CommandLineExperiment.NODE, options, user));
            } catch (LatheException wrong) {
                throw experiment.explained(wrong);
            } finally {
                delete(trial);
            }
        } catch (IOException failure) {
            throw new LatheException("The folder for temporary files cannot be written: " + failure.getMessage() + ".",
                    failure);
        }
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
