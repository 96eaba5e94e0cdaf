package lathe.models.check;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * What became of a golden case.
 *
 * @param group      the folder that it belongs to
 * @param name       its name in the folder
 * @param difference what is not as it should be, or nothing
 * @param skipped    why nothing was compared, or nothing
 */
public record CaseOutcome(String group, String name, Optional<String> difference, Optional<String> skipped) {
    /** Checks that nothing is null. */
    public CaseOutcome {
        requireNonNull(group, "group is null");
        requireNonNull(name, "name is null");
        requireNonNull(difference, "difference is null");
        requireNonNull(skipped, "skipped is null");
    }

    /**
     * A case that was compared.
     *
     * @param group      the folder that it belongs to
     * @param name       its name in the folder
     * @param difference what is not as it should be, or nothing
     */
    public CaseOutcome(String group, String name, Optional<String> difference) {
        this(group, name, difference, Optional.empty());
    }

    /**
     * A case that was not compared.
     *
     * @param group  the folder that it belongs to
     * @param name   its name in the folder
     * @param reason why not
     * @return the outcome
     */
    public static CaseOutcome skipped(String group, String name, String reason) {
        return new CaseOutcome(group, name, Optional.empty(), Optional.of(reason));
    }

    /**
     * Whether all is as it should be.
     *
     * @return true if it was compared and there is no difference
     */
    public boolean isEqual() {
        return difference.isEmpty() && skipped.isEmpty();
    }
}
