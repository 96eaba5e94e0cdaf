package lathe.runtime.config;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import com.typesafe.config.ConfigOrigin;

/** Collects what is wrong, so that a user sees everything in one pass. The same problem is kept once. */
public final class Problems {
    private final Set<Problem> all = new LinkedHashSet<>();

    /**
     * Notes a problem.
     *
     * @param origin   where the value stands, null if nowhere
     * @param path     the key that it is about, may be empty
     * @param sentence what is wrong and what would be right
     */
    public void add(ConfigOrigin origin, String path, String sentence) {
        all.add(new Problem(Places.of(origin), path, sentence));
    }

    /**
     * Notes a problem.
     *
     * @param problem the problem
     */
    public void add(Problem problem) {
        all.add(problem);
    }

    /**
     * Notes problems of another collection.
     *
     * @param others what it found
     */
    public void addAll(List<Problem> others) {
        all.addAll(others);
    }

    /**
     * Whether anything was found.
     *
     * @return true if nothing is wrong
     */
    public boolean isEmpty() {
        return all.isEmpty();
    }

    /**
     * Number of problems.
     *
     * @return count
     */
    public int size() {
        return all.size();
    }

    /**
     * Everything that was found, in the order in which it was found.
     *
     * @return a copy
     */
    public List<Problem> list() {
        return List.copyOf(new ArrayList<>(all));
    }

    /**
     * Ends with an error if anything is wrong.
     *
     * @throws ExperimentException with all problems
     */
    public void throwIfAny() {
        if (!all.isEmpty()) {
            throw new ExperimentException(list());
        }
    }
}
