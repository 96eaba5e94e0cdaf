package lathe.launcher.command;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import picocli.CommandLine.Option;

import lathe.runtime.config.Overrides;
import lathe.runtime.run.ProgressListener;
import lathe.runtime.run.RunOptions;

/** What every command is told that runs experiments. */
final class RunSettings {
    @Option(names = "-D", paramLabel = "PATH=VALUE", description = "Put a value over that of the file, such as -D seed=3 or -D 'graph.pruned.pattern=\"2:4\"'.")
    private List<String> overrides = List.of();

    @Option(names = "--runs", paramLabel = "DIR", description = "Where runs and stored results lie (default: ${DEFAULT-VALUE}).")
    private Path runs = Path.of("runs");

    @Option(names = "--fresh", description = "Compute everything again, whatever is stored.")
    private boolean fresh;

    @Option(names = "--no-store", description = "Neither take up stored results nor store any.")
    private boolean withoutStore;

    @Option(names = "--large-sweeps", description = "Allow sweeps of more than " + RunOptions.MOST_POINTS + " points.")
    private boolean largeSweeps;

    /** Where runs lie. */
    Path runs() {
        return runs;
    }

    /** How an experiment is run. */
    RunOptions options(String command, ProgressListener listener) {
        Optional<Path> store = withoutStore ? Optional.empty() : Optional.of(runs.resolve(".store"));
        return new RunOptions(new Overrides(overrides), runs, store, fresh, largeSweeps, command, listener);
    }
}
