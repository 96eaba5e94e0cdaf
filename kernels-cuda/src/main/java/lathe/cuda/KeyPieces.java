package lathe.cuda;

import java.util.Arrays;

import lathe.spi.attention.AttentionPlan;
import lathe.spi.backend.AttentionCall;

/**
 * The keys that some consecutive queries read by a plan: disjoint ranges of slots and single slots, without what no query of
 * them may read as far as that is seen at once. The kernel looks at every key's position again.
 */
final class KeyPieces {
    private static final int ALL = Integer.MAX_VALUE;
    /** So many neighbours among single slots are a range. */
    private static final int RUN = 8;

    private final AttentionCall call;
    private final KeyOrder order;
    private final int firstQuery;
    private final int lastQuery;
    private final IntList ranges = new IntList();
    private final IntList singles = new IntList();
    private int sinks;
    private int window = ALL;

    private KeyPieces(AttentionCall call, KeyOrder order, int firstQuery, int lastQuery) {
        this.call = call;
        this.order = order;
        this.firstQuery = firstQuery;
        this.lastQuery = lastQuery;
    }

    /** What the queries [firstQuery, lastQuery) read; for lists it is one query, for tiles they are of one block. */
    static KeyPieces of(AttentionCall call, KeyOrder order, AttentionPlan plan, int firstQuery, int lastQuery) {
        KeyPieces pieces = new KeyPieces(call, order, firstQuery, lastQuery);
        switch (plan) {
            case AttentionPlan.Dense dense -> pieces.addRange(0, order.size(), ALL);
            case AttentionPlan.SinkWindow streaming -> pieces.addSinkWindow(streaming);
            case AttentionPlan.Tiles tiles -> {
                int block = firstQuery / tiles.queryBlock();
                pieces.addLists(part(tiles.ranges(), tiles.rangeStarts(), block), tiles.width(),
                        part(tiles.keys(), tiles.keyStarts(), block));
            }
            case AttentionPlan.Indices indices -> pieces.addLists(new int[0], 1,
                    part(indices.slots(), indices.starts(), firstQuery));
            case AttentionPlan.PerHead perHead -> throw new IllegalStateException("A head has one plan.");
            case AttentionPlan.Computed computed -> throw new IllegalStateException("Nothing is left to compute.");
        }
        return pieces;
    }

    private static int[] part(int[] list, int[] starts, int index) {
        int[] part = Arrays.copyOfRange(list, starts[index], starts[index + 1]);
        Arrays.sort(part);
        return part;
    }

    private void addSinkWindow(AttentionPlan.SinkWindow plan) {
        sinks = plan.sinks();
        window = plan.window();
        if (order.ascending()) {
            int sinkEnd = order.firstAtLeast(0, order.size(), sinks);
            addRange(0, sinkEnd, ALL);
            addRange(sinkEnd, order.size(), window);
        } else {
            addRange(0, order.size(), ALL);
        }
    }

    /** Adds a range without its keys after the last query and, of ascending ones, before the first query's window. */
    private void addRange(int from, int to, int planWindow) {
        int start = from;
        int end = to;
        if (order.ascending()) {
            int reach = Math.min(planWindow, layerWindow());
            if (reach != ALL) {
                start = order.firstAtLeast(from, to, (long) call.queryPositions()[firstQuery] - reach + 1);
            }
            if (call.causal()) {
                end = order.firstAtLeast(start, to, call.queryPositions()[lastQuery - 1] + 1L);
            }
        }
        if (start < end) {
            ranges.add(start, end);
        }
    }

    private int layerWindow() {
        return call.layer().slidingWindow().orElse(ALL);
    }

    private void addLists(int[] starts, int width, int[] keys) {
        IntList joined = new IntList();
        for (int i = 0; i < starts.length;) {
            int from = Math.max(0, starts[i]);
            long end = (long) starts[i] + width;
            for (i++; i < starts.length && starts[i] <= end; i++) {
                end = Math.max(end, (long) starts[i] + width);
            }
            int to = (int) Math.min(end, order.size());
            if (from < to) {
                joined.add(from, to);
                addRange(from, to, ALL);
            }
        }
        addSingles(Arrays.stream(keys).distinct().filter(slot -> slot >= 0 && slot < order.size()).toArray(), joined);
    }

    private void addSingles(int[] slots, IntList joined) {
        int at = 0;
        int end;
        for (int i = 0; i < slots.length; i = end) {
            end = i + 1;
            while (end < slots.length && slots[end] == slots[end - 1] + 1) {
                end++;
            }
            for (int from = slots[i]; from <= slots[end - 1];) {
                while (at < joined.size() && joined.get(at + 1) <= from) {
                    at += 2;
                }
                boolean covered = at < joined.size() && joined.get(at) <= from;
                int next = covered ? joined.get(at + 1) : at < joined.size() ? joined.get(at) : ALL;
                int to = Math.min(next, slots[end - 1] + 1);
                if (!covered) {
                    addRun(from, to);
                }
                from = to;
            }
        }
    }

    private void addRun(int from, int to) {
        if (to - from >= RUN) {
            addRange(from, to, ALL);
        } else {
            for (int slot = from; slot < to; slot++) {
                int distance = call.queryPositions()[firstQuery] - order.position(slot);
                boolean later = call.causal()
                        && order.position(slot) > call.queryPositions()[lastQuery - 1];
                if (!later && distance < layerWindow()) {
                    singles.add(slot);
                }
            }
        }
    }

    int sinks() {
        return sinks;
    }

    int window() {
        return window;
    }

    /** Keys of all pieces. */
    long keys() {
        long sum = singles.size();
        for (int i = 0; i < ranges.size(); i += 2) {
            sum += ranges.get(i + 1) - ranges.get(i);
        }
        return sum;
    }

    /** Writes the pieces of some of the keys, ranges first, then singles. */
    void write(long from, long to, IntList pieces, IntList slots) {
        long at = 0;
        for (int i = 0; i < ranges.size(); i += 2) {
            int length = ranges.get(i + 1) - ranges.get(i);
            int start = (int) Math.clamp(from - at, 0, length);
            int end = (int) Math.clamp(to - at, 0, length);
            if (start < end) {
                pieces.add(ranges.get(i) + start, ranges.get(i) + end);
            }
            at += length;
        }
        int start = (int) Math.clamp(from - at, 0, singles.size());
        int end = (int) Math.clamp(to - at, 0, singles.size());
        if (start < end) {
            int first = slots.size();
            slots.add(Arrays.copyOfRange(singles.toArray(), start, end));
            pieces.add(first, ~slots.size());
        }
    }

    /** Products of one head that enter the softmax. */
    long pairs() {
        long sum = 0;
        for (int query = firstQuery; query < lastQuery; query++) {
            int position = call.queryPositions()[query];
            for (int i = 0; i < ranges.size(); i += 2) {
                sum += order.ascending()
                        ? count(ranges.get(i), ranges.get(i + 1), position)
                        : countSingly(ranges.get(i), ranges.get(i + 1), position);
            }
            for (int i = 0; i < singles.size(); i++) {
                sum += reads(position, order.position(singles.get(i))) ? 1 : 0;
            }
        }
        return sum;
    }

    private long count(int from, int to, int position) {
        int end = call.causal() ? order.firstAtLeast(from, to, position + 1L) : to;
        int start = order.firstAtLeast(from, end, (long) position - layerWindow() + 1);
        int sinkEnd = order.firstAtLeast(start, end, sinks);
        int near = order.firstAtLeast(sinkEnd, end, (long) position - window + 1);
        return sinkEnd - start + end - near;
    }

    private long countSingly(int from, int to, int position) {
        long sum = 0;
        for (int slot = from; slot < to; slot++) {
            sum += reads(position, order.position(slot)) ? 1 : 0;
        }
        return sum;
    }

    private boolean reads(int query, int key) {
        int distance = query - key;
        return !(call.causal() && distance < 0) && distance < layerWindow() && (key < sinks || distance < window);
    }
}
