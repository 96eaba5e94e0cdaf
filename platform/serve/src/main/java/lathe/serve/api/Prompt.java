package lathe.serve.api;

import static java.util.Objects.requireNonNull;

/**
 * A text that is to be continued.
 *
 * @param ids     its tokens
 * @param text    the text as it was sent, or that of the tokens that were sent
 * @param offsets where each token begins, in characters (code points)
 */
record Prompt(int[] ids, String text, int[] offsets) {
    Prompt {
        requireNonNull(ids, "ids is null");
        requireNonNull(text, "text is null");
        requireNonNull(offsets, "offsets is null");
    }

    /** Length of the text in characters. */
    int characters() {
        return text.codePointCount(0, text.length());
    }
}
