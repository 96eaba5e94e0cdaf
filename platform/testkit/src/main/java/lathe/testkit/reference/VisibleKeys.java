package lathe.testkit.reference;

import static java.util.Objects.requireNonNull;

import lathe.spi.attention.AttentionPlan;

/**
 * Which keys of a head a query reads, worked out entry by entry from the meaning of a plan.
 *
 * @param plan           the plan of a layer
 * @param queryPositions [n]
 * @param causal         whether keys after the query are hidden
 * @param slidingWindow  keys before and including the query's own that it sees; 0 for no window
 */
public record VisibleKeys(AttentionPlan plan, int[] queryPositions, boolean causal, int slidingWindow) {
    /** Checks the parts. */
    public VisibleKeys {
        requireNonNull(plan, "plan is null");
        requireNonNull(queryPositions, "queryPositions is null");
    }

    /**
     * The keys of one query.
     *
     * @param head         query head
     * @param query        index of the query
     * @param keyPositions positions of the head's keys in slot order
     * @return true where the key is read
     */
    public boolean[] of(int head, int query, int[] keyPositions) {
        boolean[] visible = named(headPlan(head), query, keyPositions);
        for (int slot = 0; slot < visible.length; slot++) {
            int distance = queryPositions[query] - keyPositions[slot];
            visible[slot] &= !causal || distance >= 0;
            visible[slot] &= slidingWindow == 0 || distance < slidingWindow;
        }
        return visible;
    }

    private AttentionPlan headPlan(int head) {
        return plan instanceof AttentionPlan.PerHead perHead ? perHead.plans().get(head) : plan;
    }

    private boolean[] named(AttentionPlan headPlan, int query, int[] keyPositions) {
        boolean[] named = new boolean[keyPositions.length];
        switch (headPlan) {
            case AttentionPlan.Dense dense -> java.util.Arrays.fill(named, true);
            case AttentionPlan.SinkWindow window -> {
                for (int slot = 0; slot < named.length; slot++) {
                    int distance = queryPositions[query] - keyPositions[slot];
                    named[slot] = keyPositions[slot] < window.sinks() || distance < window.window();
                }
            }
            case AttentionPlan.Tiles tiles -> {
                int block = query / tiles.queryBlock();
                for (int i = tiles.rangeStarts()[block]; i < tiles.rangeStarts()[block + 1]; i++) {
                    for (int slot = tiles.ranges()[i]; slot < tiles.ranges()[i] + tiles.width(); slot++) {
                        mark(named, slot);
                    }
                }
                for (int i = tiles.keyStarts()[block]; i < tiles.keyStarts()[block + 1]; i++) {
                    mark(named, tiles.keys()[i]);
                }
            }
            case AttentionPlan.Indices indices -> {
                for (int i = indices.starts()[query]; i < indices.starts()[query + 1]; i++) {
                    mark(named, indices.slots()[i]);
                }
            }
            case AttentionPlan.PerHead perHead -> throw new IllegalArgumentException("A head's plan is per head.");
            case AttentionPlan.Computed computed -> throw new IllegalArgumentException(
                    "The pattern computed its output, so that no keys can be told.");
        }
        return named;
    }

    private static void mark(boolean[] named, int slot) {
        if (slot >= 0 && slot < named.length) {
            named[slot] = true;
        }
    }
}
