package lathe.launcher.command;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import com.typesafe.config.ConfigUtil;
import picocli.CommandLine.Option;

import lathe.runtime.config.Overrides;
import lathe.runtime.graph.ByteSize;
import lathe.runtime.run.MachineMemory;
import lathe.runtime.run.ProgressListener;
import lathe.runtime.run.RunOptions;
import lathe.spi.LatheException;

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

    @Option(names = "--points", paramLabel = "N", description = "Confirm a sweep of so many points, seeds included; up to "
            + RunOptions.MOST_POINTS + " need not be confirmed.")
    private Integer points;

    @Option(names = "--mlflow", paramLabel = "DIR", description = "Write the results also as a file store of MLflow.")
    private Path mlflow;

    @Option(names = "--jobs", paramLabel = "N", description = "Run so many independent nodes at the same time; the numbers are the same (default: ${DEFAULT-VALUE}).")
    private int jobs = Math.max(1, Runtime.getRuntime().availableProcessors() / 4);

    @Option(names = "--memory", paramLabel = "SIZE", description = "Memory that a run may take, such as 6GiB (default: four fifths of the machine's).")
    private String memory;

    @Option(names = "--force", description = "Run also what is not expected to fit the memory or the disk.")
    private boolean force;

    /** Where runs lie. */
    Path runs() {
        return runs;
    }

    /** How an experiment is run. */
    RunOptions options(String command, ProgressListener listener) {
        Optional<Path> store = withoutStore ? Optional.empty() : Optional.of(runs.resolve(".store"));
        if (jobs < 1) {
            throw new LatheException("--jobs " + jobs + ": at least one node runs at a time.");
        }
        return new RunOptions(new Overrides(assignments()), runs, store, fresh, false, jobs, bytes(), force, command,
                listener);
    }

    /** Options that stand for keys of the experiment are put over it as such. */
    private List<String> assignments() {
        List<String> all = new ArrayList<>(overrides);
        if (points != null) {
            all.add("points=" + points);
        }
        if (mlflow != null) {
            all.add("report.mlflow=" + ConfigUtil.quoteString(mlflow.toString()));
        }
        return all;
    }

    private long bytes() {
        return memory == null
                ? MachineMemory.usable()
                : ByteSize.parse(memory).orElseThrow(() -> new LatheException(
                        "--memory " + memory + ": this must be a number of bytes, such as 6GiB."));
    }
}
