package lathe.report;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * A claim of a paper and what the run says of it.
 *
 * @param says      the claim in words
 * @param where     where the paper makes it
 * @param verdict   what the run says
 * @param condition the claim as an expression over results; empty when there is none
 * @param numbers   one line a comparison, such as {@code perplexity(wanda) 60.0 < perplexity(magnitude) 72.3}
 * @param reason    in how many seeds it holds, or why it was not tested; may be empty
 */
public record ClaimRow(String says, String where, ClaimVerdict verdict, String condition, List<String> numbers,
        String reason) {

    /** Checks that all parts are there and copies the list. */
    public ClaimRow {
        requireNonNull(says, "says is null");
        requireNonNull(where, "where is null");
        requireNonNull(verdict, "verdict is null");
        requireNonNull(condition, "condition is null");
        requireNonNull(reason, "reason is null");
        numbers = List.copyOf(requireNonNull(numbers, "numbers is null"));
    }
}
