package lathe.runtime.recipe;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;

/**
 * A statement of a paper.
 *
 * @param says      the statement
 * @param where     where the paper makes it
 * @param text      the condition as it is written; empty if there is none
 * @param condition what must hold of the results; empty if the claim cannot be tested with this recipe at all
 * @param tolerance how far comparisons may be missed that do not say it themselves
 * @param seeds     with how many seeds it must at least be tested
 * @param needs     what must be here for it to be tested
 * @param because   why it cannot be tested here, empty if it can
 * @param place     file and line, for errors
 */
record Claim(String says, String where, String text, Optional<Condition> condition, Condition.Tolerance tolerance,
        int seeds, List<Need> needs, String because, String place) {
    Claim {
        requireNonNull(says, "says is null");
        requireNonNull(where, "where is null");
        requireNonNull(text, "text is null");
        requireNonNull(condition, "condition is null");
        requireNonNull(tolerance, "tolerance is null");
        requireNonNull(because, "because is null");
        needs = List.copyOf(needs);
    }
}
