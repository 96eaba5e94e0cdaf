package lathe.models.evaluation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import lathe.spi.LatheException;

/** Cuts a text into windows that are judged without each other. */
final class Windows {
    private Windows() {}

    /**
     * Windows one after the other; an incomplete last one is left out.
     *
     * @param tokens the text
     * @param length tokens of a window
     * @param most   windows at most; 0 for all
     */
    static List<int[]> of(int[] tokens, int length, int most) {
        int count = tokens.length / length;
        if (count == 0) {
            throw new LatheException("The text has " + (tokens.length == 1 ? "1 token" : tokens.length + " tokens")
                    + ", fewer than one window of " + length
                    + "; take a longer text or a smaller window.");
        }
        List<int[]> windows = new ArrayList<>();
        for (int i = 0; i < (most == 0 ? count : Math.min(most, count)); i++) {
            windows.add(Arrays.copyOfRange(tokens, i * length, (i + 1) * length));
        }
        return windows;
    }

    /** The same windows with a token before each. */
    static List<int[]> after(int first, List<int[]> windows) {
        return windows.stream().map(window -> {
            int[] longer = new int[window.length + 1];
            longer[0] = first;
            System.arraycopy(window, 0, longer, 1, window.length);
            return longer;
        }).toList();
    }

    /** How many windows are computed together: some 2^24 logits, at least one window. */
    static int together(int length, int vocabulary) {
        return (int) Math.max(1, (1L << 24) / ((long) length * vocabulary));
    }
}
