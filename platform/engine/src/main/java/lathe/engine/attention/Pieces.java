package lathe.engine.attention;

import java.util.Arrays;

import lathe.spi.attention.AttentionPlan;

/**
 * What some consecutive queries read of one key space: disjoint ranges of slots, each within one run and with the window
 * that applies to it, and single slots, ascending and in none of the ranges.
 */
final class Pieces {
    /** No window. */
    static final int ALL = Integer.MAX_VALUE;

    private final KeySpace space;
    private final int firstPosition;
    private final int lastPosition;
    private final boolean causal;
    private final int layerWindow;
    private int[] bounds = new int[6];
    private int count;
    private int[] singles = new int[0];

    private Pieces(KeySpace space, int firstPosition, int lastPosition, boolean causal, int layerWindow) {
        this.space = space;
        this.firstPosition = firstPosition;
        this.lastPosition = lastPosition;
        this.causal = causal;
        this.layerWindow = layerWindow;
    }

    /**
     * Cuts a plan to some queries.
     *
     * @param plan        of one head, not per head and not computed
     * @param space       its keys
     * @param positions   of all queries
     * @param from        first query
     * @param to          query after the last; for lists one after the first, for tiles in the same block of queries
     * @param causal      whether later keys are hidden
     * @param layerWindow the layer's window, {@link #ALL} if it has none
     * @return what is read
     */
    static Pieces of(AttentionPlan plan, KeySpace space, int[] positions, int from, int to, boolean causal,
            int layerWindow) {
        Pieces pieces = new Pieces(space, positions[from], positions[to - 1], causal, layerWindow);
        switch (plan) {
            case AttentionPlan.Dense dense -> pieces.addRange(0, space.size(), layerWindow);
            case AttentionPlan.SinkWindow window -> pieces.addSinkWindow(window);
            case AttentionPlan.Tiles tiles -> {
                int block = from / tiles.queryBlock();
                int[] ranges = Arrays
                        .copyOfRange(tiles.ranges(), tiles.rangeStarts()[block], tiles.rangeStarts()[block + 1]);
                int[] keys = Arrays.copyOfRange(tiles.keys(), tiles.keyStarts()[block], tiles.keyStarts()[block + 1]);
                pieces.addLists(ranges, tiles.width(), keys);
            }
            case AttentionPlan.Indices indices -> pieces.addLists(
                    new int[0],
                    1,
                    Arrays.copyOfRange(indices.slots(), indices.starts()[from], indices.starts()[from + 1]));
            case AttentionPlan.PerHead perHead -> throw new IllegalStateException("A head has one plan.");
            case AttentionPlan.Computed computed -> throw new IllegalStateException("Nothing is left to compute.");
        }
        return pieces;
    }

    private void addSinkWindow(AttentionPlan.SinkWindow plan) {
        for (int run = 0; run < space.runs(); run++) {
            int start = space.runStart(run);
            int end = space.runStart(run + 1);
            int sinkEnd = space.firstAtLeast(start, end, plan.sinks());
            addRange(start, sinkEnd, layerWindow);
            addRange(sinkEnd, end, Math.min(plan.window(), layerWindow));
        }
    }

    private void addLists(int[] ranges, int width, int[] keys) {
        Arrays.sort(ranges);
        int[] sorted = keys.clone();
        Arrays.sort(sorted);
        int kept = 0;
        int range = 0;
        int start = 0;
        int end = 0;
        int at = 0;
        int[] merged = new int[2 * ranges.length];
        int ends = 0;
        while (range < ranges.length) {
            start = Math.max(0, ranges[range]);
            end = (int) Math.min(space.size(), (long) ranges[range] + width);
            for (range++; range < ranges.length && ranges[range] <= end; range++) {
                end = (int) Math.max(end, Math.min(space.size(), (long) ranges[range] + width));
            }
            if (start < end) {
                merged[ends++] = start;
                merged[ends++] = end;
                addRange(start, end, layerWindow);
            }
        }
        for (int i = 0; i < sorted.length; i++) {
            int slot = sorted[i];
            while (at < ends && merged[at + 1] <= slot) {
                at += 2;
            }
            boolean inRange = at < ends && merged[at] <= slot;
            boolean twice = kept > 0 && sorted[kept - 1] == slot;
            if (slot >= 0 && slot < space.size() && !inRange && !twice && mayRead(slot)) {
                sorted[kept++] = slot;
            }
        }
        joinNeighbours(Arrays.copyOf(sorted, kept));
    }

    private boolean mayRead(int slot) {
        int position = space.position(slot);
        return !(causal && position > lastPosition) && (long) firstPosition - position < layerWindow;
    }

    /** Long runs of neighbours are read in place instead of gathered. */
    private void joinNeighbours(int[] slots) {
        int kept = 0;
        for (int i = 0; i < slots.length;) {
            int end = i + 1;
            while (end < slots.length && slots[end] == slots[end - 1] + 1) {
                end++;
            }
            if (end - i >= 8) {
                addRange(slots[i], slots[end - 1] + 1, layerWindow);
            } else {
                for (int j = i; j < end; j++) {
                    slots[kept++] = slots[j];
                }
            }
            i = end;
        }
        singles = Arrays.copyOf(slots, kept);
    }

    /** Cuts a range at runs and to what some query may read. */
    private void addRange(int from, int to, int window) {
        for (int run = 0; run < space.runs(); run++) {
            int start = Math.max(from, space.runStart(run));
            int end = Math.min(to, space.runStart(run + 1));
            if (start >= end) {
                continue;
            }
            start = window == ALL ? start : space.firstAtLeast(start, end, (long) firstPosition - window + 1);
            end = causal ? space.firstAtLeast(start, end, lastPosition + 1L) : end;
            if (start < end) {
                if (3 * count + 3 > bounds.length) {
                    bounds = Arrays.copyOf(bounds, 2 * bounds.length);
                }
                bounds[3 * count] = start;
                bounds[3 * count + 1] = end;
                bounds[3 * count + 2] = window;
                count++;
            }
        }
    }

    /** The keys [from, to) of these, counted in the order in which they are read: ranges, then singles. */
    Pieces part(long from, long to) {
        Pieces part = new Pieces(space, firstPosition, lastPosition, causal, layerWindow);
        part.bounds = new int[bounds.length];
        long at = 0;
        for (int range = 0; range < count; range++) {
            int size = end(range) - start(range);
            int begin = (int) Math.clamp(from - at, 0, size);
            int end = (int) Math.clamp(to - at, 0, size);
            if (begin < end) {
                part.bounds[3 * part.count] = start(range) + begin;
                part.bounds[3 * part.count + 1] = start(range) + end;
                part.bounds[3 * part.count + 2] = window(range);
                part.count++;
            }
            at += size;
        }
        part.singles = Arrays.copyOfRange(singles, Math.clamp(from - at, 0, singles.length),
                Math.clamp(to - at, 0, singles.length));
        return part;
    }

    /** Number of ranges. */
    int ranges() {
        return count;
    }

    /** First slot of a range. */
    int start(int range) {
        return bounds[3 * range];
    }

    /** Slot after the last of a range. */
    int end(int range) {
        return bounds[3 * range + 1];
    }

    /** Window of a range. */
    int window(int range) {
        return bounds[3 * range + 2];
    }

    /** Single slots, ascending. */
    int[] singles() {
        return singles;
    }

    /** First single of [from, to), all of one run, that a query at a position reads by the window. */
    int firstSingleRead(int from, int to, int position) {
        return layerWindow == ALL ? from : firstSingleAtLeast(from, to, (long) position - layerWindow + 1);
    }

    /** First single of [from, to), all of one run, that comes after a query at a position. */
    int firstSingleHidden(int from, int to, int position) {
        return causal ? firstSingleAtLeast(from, to, position + 1L) : to;
    }

    private int firstSingleAtLeast(int from, int to, long position) {
        int low = from;
        int high = to;
        while (low < high) {
            int middle = low + high >>> 1;
            if (space.position(singles[middle]) < position) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Keys that are read. */
    long keys() {
        long sum = singles.length;
        for (int range = 0; range < count; range++) {
            sum += end(range) - start(range);
        }
        return sum;
    }

    /** First slot of a range that a query at a position reads. */
    int low(int range, int position) {
        return window(range) == ALL
                ? start(range)
                : space.firstAtLeast(start(range), end(range), (long) position - window(range) + 1);
    }

    /** Slot after the last of a range that a query at a position reads. */
    int high(int range, int position) {
        return causal ? space.firstAtLeast(start(range), end(range), position + 1L) : end(range);
    }
}
