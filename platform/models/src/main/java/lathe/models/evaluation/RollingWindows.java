package lathe.models.evaluation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Cuts a document so that every token is predicted exactly once, as lm-evaluation-harness does for its perplexities: the
 * first window follows a begin token, each further one the last token of the window before it, and the last one is filled
 * up to full length with what stands before.
 */
final class RollingWindows {
    /**
     * A window.
     *
     * @param input what the model takes in
     * @param first index in the input of the first token that is predicted; all after it are, too
     */
    record Window(int[] input, int first) {
        /** Tokens that are predicted. */
        int predicted() {
            return input.length - first;
        }
    }

    private RollingWindows() {}

    /**
     * The windows of a document.
     *
     * @param tokens at least one
     * @param begin  the token before the first
     * @param length tokens that the model takes in at most, and predicts at most in a window
     */
    static List<Window> of(int[] tokens, int begin, int length) {
        int[] all = new int[tokens.length + 1];
        all[0] = begin;
        System.arraycopy(tokens, 0, all, 1, tokens.length);
        List<Window> windows = new ArrayList<>();
        for (int done = 0; done < tokens.length;) {
            int end = Math.min(tokens.length, done + length);
            // The token at index i of the text has index i + 1 in all; the last one is predicted, never taken in.
            int from = done == 0 ? 0 : Math.max(0, end - length);
            windows.add(new Window(Arrays.copyOfRange(all, from, end + 1), done + 1 - from));
            done = end;
        }
        return windows;
    }
}
