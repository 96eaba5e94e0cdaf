package lathe.report;

import java.util.Locale;

/**
 * How a node of the experiment graph ended.
 */
public enum NodeStatus {
    /** Computed in this run. */
    DONE,
    /** Taken from the artifact store. */
    CACHED,
    /** Ended with an error of its own. */
    FAILED,
    /** Not started, because a node it needs failed. */
    SKIPPED,
    /** Cut off by the user or by the end of the process; a rerun continues it. */
    INTERRUPTED;

    /**
     * @return the word that stands in files: the name in lower case
     */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * @return whether the node has an artifact
     */
    public boolean succeeded() {
        return this == DONE || this == CACHED;
    }

    /**
     * @param word a word of {@link #word()}
     * @return its status
     * @throws IllegalArgumentException when there is no such status
     */
    static NodeStatus ofWord(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }
}
