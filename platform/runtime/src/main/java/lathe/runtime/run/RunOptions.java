package lathe.runtime.run;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.Optional;

import lathe.runtime.config.Overrides;

/**
 * How an experiment is run.
 *
 * @param overrides   values put over those of the file
 * @param runs        folder that gets a folder a run
 * @param store       folder of the artifacts that reruns take up; empty for none
 * @param fresh       whether everything is computed again, whatever the store holds
 * @param largeSweeps whether a sweep of more than {@link #MOST_POINTS} points is wanted
 * @param jobs        nodes that run at the same time at most
 * @param memory      bytes that running nodes are expected to take at most
 * @param force       whether what does not fit the memory or the disk is tried all the same
 * @param command     what the user typed, for the lineage; may be empty
 * @param listener    hears how far it is
 */
public record RunOptions(
        Overrides overrides,
        Path runs,
        Optional<Path> store,
        boolean fresh,
        boolean largeSweeps,
        int jobs,
        long memory,
        boolean force,
        String command,
        ProgressListener listener) {
    /** Points of a sweep that are run without asking. */
    public static final int MOST_POINTS = 1000;

    /** Checks that all parts are there. */
    public RunOptions {
        requireNonNull(overrides, "overrides is null");
        requireNonNull(runs, "runs is null");
        requireNonNull(store, "store is null");
        requireNonNull(command, "command is null");
        requireNonNull(listener, "listener is null");
        if (jobs < 1) {
            throw new IllegalArgumentException("At least one node runs at a time, not " + jobs + ".");
        }
    }

    /**
     * The options that there were before nodes ran side by side: one at a time, within the machine's memory.
     *
     * @param overrides   values put over those of the file
     * @param runs        folder that gets a folder a run
     * @param store       folder of the artifacts that reruns take up; empty for none
     * @param fresh       whether everything is computed again, whatever the store holds
     * @param largeSweeps whether a sweep of more than {@link #MOST_POINTS} points is wanted
     * @param command     what the user typed, for the lineage; may be empty
     * @param listener    hears how far it is
     */
    public RunOptions(Overrides overrides, Path runs, Optional<Path> store, boolean fresh, boolean largeSweeps,
            String command, ProgressListener listener) {
        this(overrides, runs, store, fresh, largeSweeps, 1, MachineMemory.usable(), false, command, listener);
    }

    /**
     * The usual options: the folder {@code runs} of the current directory with the store {@code runs/.store} in it.
     *
     * @return options without overrides
     */
    public static RunOptions defaults() {
        return in(Path.of("runs"));
    }

    /**
     * The usual options with another folder.
     *
     * @param runs folder that gets a folder a run, and the store
     * @return options without overrides
     */
    public static RunOptions in(Path runs) {
        return new RunOptions(Overrides.NONE, runs, Optional.of(runs.resolve(".store")), false, false, "",
                ProgressListener.NONE);
    }

    /**
     * The same options with other overrides.
     *
     * @param others values put over those of the file
     * @return a copy
     */
    public RunOptions with(Overrides others) {
        return new RunOptions(others, runs, store, fresh, largeSweeps, jobs, memory, force, command, listener);
    }

    /**
     * The same options with another listener.
     *
     * @param other hears how far it is
     * @return a copy
     */
    public RunOptions with(ProgressListener other) {
        return new RunOptions(overrides, runs, store, fresh, largeSweeps, jobs, memory, force, command, other);
    }

    /**
     * The same options without a store: everything is computed, nothing is kept.
     *
     * @return a copy
     */
    public RunOptions withoutStore() {
        return new RunOptions(overrides, runs, Optional.empty(), fresh, largeSweeps, jobs, memory, force, command,
                listener);
    }

    /**
     * The same options with nodes side by side.
     *
     * @param most nodes that run at the same time at most
     * @return a copy
     */
    public RunOptions withJobs(int most) {
        return new RunOptions(overrides, runs, store, fresh, largeSweeps, most, memory, force, command, listener);
    }

    /**
     * The same options with a limit of memory.
     *
     * @param bytes  that running nodes are expected to take at most
     * @param anyway whether what does not fit is tried all the same
     * @return a copy
     */
    public RunOptions withMemory(long bytes, boolean anyway) {
        return new RunOptions(overrides, runs, store, fresh, largeSweeps, jobs, bytes, anyway, command, listener);
    }
}
