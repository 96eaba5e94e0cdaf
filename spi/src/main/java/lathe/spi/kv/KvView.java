package lathe.spi.kv;

import java.util.List;

/**
 * What a store holds now, in slot order.
 *
 * @param segments one after the other
 */
public record KvView(List<KvSegment> segments) {
    /** A cache without tokens. */
    public static final KvView EMPTY = new KvView(List.of());

    /** Copies the list. */
    public KvView {
        segments = List.copyOf(segments);
    }

    /**
     * Tokens of a head.
     *
     * @param kvHead which key/value head
     * @return count over all segments
     */
    public int tokens(int kvHead) {
        int sum = 0;
        for (KvSegment segment : segments) {
            sum += segment.tokens(kvHead);
        }
        return sum;
    }

    /**
     * Positions of a head's tokens in slot order.
     *
     * @param kvHead which key/value head
     * @return a new array
     */
    public int[] positions(int kvHead) {
        int[] all = new int[tokens(kvHead)];
        int at = 0;
        for (KvSegment segment : segments) {
            int[] some = segment.positions(kvHead);
            System.arraycopy(some, 0, all, at, some.length);
            at += some.length;
        }
        return all;
    }
}
