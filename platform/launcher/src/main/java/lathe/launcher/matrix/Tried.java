package lathe.launcher.matrix;

import static java.util.Objects.requireNonNull;

/**
 * How a combination went.
 *
 * @param combination the methods
 * @param outcome     what came of it
 * @param reason      why it was refused or how it failed; empty if it works
 */
public record Tried(Combination combination, Outcome outcome, String reason) {
    /** What can come of a combination. */
    public enum Outcome {
        /** It ran, and its numbers are finite. */
        WORKS,
        /** The planner said why it cannot be run. */
        REFUSED,
        /** It was planned and then did not run, or gave numbers that are none: a defect. */
        FAILS
    }

    /** Checks that all parts are there. */
    public Tried {
        requireNonNull(combination, "combination is null");
        requireNonNull(outcome, "outcome is null");
        requireNonNull(reason, "reason is null");
    }

    static Tried works(Combination combination) {
        return new Tried(combination, Outcome.WORKS, "");
    }

    static Tried refused(Combination combination, String reason) {
        return new Tried(combination, Outcome.REFUSED, reason);
    }

    static Tried fails(Combination combination, String reason) {
        return new Tried(combination, Outcome.FAILS, reason);
    }
}
