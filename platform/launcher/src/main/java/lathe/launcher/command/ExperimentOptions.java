package lathe.launcher.command;

import java.nio.file.Path;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

import lathe.runtime.run.ProgressListener;
import lathe.runtime.run.RunOptions;

/** What {@code run} and {@code check} are told about an experiment. */
final class ExperimentOptions {
    @Parameters(paramLabel = "FILE", description = "The experiment: a HOCON file.")
    private Path file;

    @Mixin
    private RunSettings settings;

    /** The experiment. */
    Path file() {
        return file;
    }

    /** How it is run. */
    RunOptions options(String command, ProgressListener listener) {
        return settings.options(command, listener);
    }
}
