package lathe.spi.router;

import java.util.Comparator;
import java.util.stream.IntStream;

/** Orders in which tokens or slots ask for a place at their expert; whoever asks after the last place is dropped. */
public final class SlotOrder {
    private SlotOrder() {}

    /**
     * By index: earlier tokens first.
     *
     * @param count tokens or slots
     * @return 0, 1, 2, ...
     */
    public static int[] byPosition(int count) {
        return IntStream.range(0, count).toArray();
    }

    /**
     * By descending key, equal keys by the lower index.
     *
     * @param keys one key a token or slot, no NaN
     * @return indices of the keys
     */
    public static int[] byDescending(float[] keys) {
        return IntStream.range(0, keys.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer index) -> -keys[index]))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /**
     * All first choices before all second ones, and so on (GShard, arXiv 2006.16668, algorithm 1).
     *
     * @param tokens order of the tokens within each choice
     * @param slots  choices of a token
     * @return slots, numbered token * slots + choice
     */
    public static int[] firstChoicesFirst(int[] tokens, int slots) {
        return IntStream.range(0, tokens.length * slots)
                .map(i -> tokens[i % tokens.length] * slots + i / tokens.length)
                .toArray();
    }
}
