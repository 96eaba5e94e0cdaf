package lathe.runtime.run;

import java.nio.file.Path;

import lathe.report.NodeRow;

/** Hears how far a run is. Calls may come from several threads, never two at once. */
public interface ProgressListener {
    /** Hears nothing. */
    ProgressListener NONE = new ProgressListener() {
    };

    /**
     * The plan stands and the run begins.
     *
     * @param name   the experiment
     * @param nodes  number of nodes to be done, sweep points counted apart
     * @param folder the run folder
     */
    default void started(String name, int nodes, Path folder) {
        // Nothing to do by default.
    }

    /**
     * A node begins.
     *
     * @param node its name, with the sweep point in brackets if there is one
     * @param what verb and method, such as {@code prune wanda}
     */
    default void nodeStarted(String node, String what) {
        // Nothing to do by default.
    }

    /**
     * A node got further.
     *
     * @param node  its name
     * @param done  units finished
     * @param total units in all, 0 if unknown
     * @param what  the unit being worked on
     */
    default void nodeProgress(String node, long done, long total, String what) {
        // Nothing to do by default.
    }

    /**
     * A node said something worth reading.
     *
     * @param node     its name
     * @param sentence what it said
     */
    default void note(String node, String sentence) {
        // Nothing to do by default.
    }

    /**
     * A node ended.
     *
     * @param node  its name, with the sweep point in brackets if there is one
     * @param ended how: done, cached, failed, skipped, interrupted
     */
    default void nodeFinished(String node, NodeRow ended) {
        // Nothing to do by default.
    }
}
