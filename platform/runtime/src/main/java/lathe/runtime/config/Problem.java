package lathe.runtime.config;

import static java.util.Objects.requireNonNull;

/**
 * One thing that is wrong with an experiment.
 *
 * @param where    file and line ({@code quickstart.conf:12}), empty if the problem has no place
 * @param path     the key that it is about ({@code graph.pruned.sparsity}), empty if it is about no key
 * @param sentence what is wrong and what would be right
 */
public record Problem(String where, String path, String sentence) {
    /** Checks that all parts are there. */
    public Problem {
        requireNonNull(where, "where is null");
        requireNonNull(path, "path is null");
        requireNonNull(sentence, "sentence is null");
    }

    /** The line that a user reads: {@code quickstart.conf:12: graph.pruned.sparsity: sentence}. */
    @Override
    public String toString() {
        return (where.isEmpty() ? "" : where + ": ") + (path.isEmpty() ? "" : path + ": ") + sentence;
    }
}
