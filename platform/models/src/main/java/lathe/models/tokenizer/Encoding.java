package lathe.models.tokenizer;

import static java.util.Objects.requireNonNull;

/**
 * An encoded text, one entry a token in each array.
 *
 * @param ids     token ids
 * @param tokens  the tokens as the vocabulary spells them
 * @param starts  where a token begins in the text, in Unicode code points (not Java chars)
 * @param ends    where it ends, exclusive; 0 and 0 for tokens that are not from the text
 * @param special whether the token was added and is not from the text
 * @param types   0 for the first text, 1 for the second one of a pair
 */
public record Encoding(int[] ids, String[] tokens, int[] starts, int[] ends, boolean[] special, int[] types) {
    /** Checks that nothing is missing. */
    public Encoding {
        requireNonNull(ids, "ids is null");
        requireNonNull(tokens, "tokens is null");
        requireNonNull(starts, "starts is null");
        requireNonNull(ends, "ends is null");
        requireNonNull(special, "special is null");
        requireNonNull(types, "types is null");
    }

    /**
     * How many tokens there are.
     *
     * @return the length of every array
     */
    public int length() {
        return ids.length;
    }

    /**
     * A position in the text as an index into the Java string.
     *
     * @param text       the encoded text
     * @param codePoints a start or an end
     * @return index in chars
     */
    public static int charIndex(String text, int codePoints) {
        return text.offsetByCodePoints(0, codePoints);
    }
}
