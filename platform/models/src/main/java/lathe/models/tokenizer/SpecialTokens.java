package lathe.models.tokenizer;

import static java.util.Objects.requireNonNull;

import java.util.OptionalInt;
import java.util.Set;

/**
 * Tokens with a role.
 *
 * @param begin   begins a sequence
 * @param ends    each of them ends a generation; may be empty
 * @param padding fills up batches
 * @param unknown stands for what the vocabulary does not have
 * @param all     every token that the tokenizer calls special, those above or not
 */
public record SpecialTokens(OptionalInt begin, Set<Integer> ends, OptionalInt padding, OptionalInt unknown,
        Set<Integer> all) {
    /** Makes the sets immutable. */
    public SpecialTokens {
        requireNonNull(begin, "begin is null");
        requireNonNull(padding, "padding is null");
        requireNonNull(unknown, "unknown is null");
        ends = Set.copyOf(ends);
        all = Set.copyOf(all);
    }

    /**
     * Whether a token ends a generation.
     *
     * @param id the token
     * @return true if it is one of the end tokens
     */
    public boolean isEnd(int id) {
        return ends.contains(id);
    }
}
