package lathe.models.check;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * What became of a golden case.
 *
 * @param group      the folder that it belongs to
 * @param name       its name in the folder
 * @param difference what is not as it should be, or nothing
 */
public record CaseOutcome(String group, String name, Optional<String> difference) {
    /** Checks that nothing is null. */
    public CaseOutcome {
        requireNonNull(group, "group is null");
        requireNonNull(name, "name is null");
        requireNonNull(difference, "difference is null");
    }

    /**
     * Whether all is as it should be.
     *
     * @return true if there is no difference
     */
    public boolean isEqual() {
        return difference.isEmpty();
    }
}
