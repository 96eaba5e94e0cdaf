package lathe.runtime.config;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import com.typesafe.config.ConfigOrigin;

/** Collects what is wrong, so that a user sees everything in one pass. The same problem is kept once. */
public final class Problems {
    private final Set<Problem> all = new LinkedHashSet<>();
    private int noted;

    /**
     * Notes a problem.
     *
     * @param origin   where the value stands, null if nowhere
     * @param path     the key that it is about, may be empty
     * @param sentence what is wrong and what would be right
     */
    public void add(ConfigOrigin origin, String path, String sentence) {
        add(new Problem(Places.of(origin), path, sentence));
    }

    /**
     * Notes a problem.
     *
     * @param problem the problem
     */
    public void add(Problem problem) {
        noted++;
        all.add(problem);
    }

    /**
     * Notes problems of another collection.
     *
     * @param others what it found
     */
    public void addAll(List<Problem> others) {
        others.forEach(this::add);
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
     * How often a problem was noted, the same one again included: who compares two counts knows whether there was one in
     * between, also where another point of a sweep had it before.
     *
     * @return count
     */
    public int size() {
        return noted;
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
