package lathe.spi.attention;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

import lathe.spi.tensor.Tensor;

/**
 * Which keys are read. Positional rules ({@link Dense}, {@link SinkWindow}) speak of positions; lists ({@link Tiles},
 * {@link Indices}) speak of slots: the index of a key among all keys of its head, stored ones first, new ones after them.
 * Without a cache policy that evicts, slot and position are the same.
 *
 * <p>In a causal model a key after its query is never read, whatever the plan says. A key named twice is read once. The
 * softmax goes over what is read; a query that reads nothing gives zeros.
 */
public sealed interface AttentionPlan {
    /**
     * Every head by a plan of its own.
     *
     * @param heads number of query heads
     * @param plan  the plan of a head; not itself per head
     * @return the plans together
     */
    static AttentionPlan perHead(int heads, IntFunction<AttentionPlan> plan) {
        return new PerHead(IntStream.range(0, heads).mapToObj(plan).toList());
    }

    /** All keys up to the query. */
    record Dense() implements AttentionPlan {}

    /**
     * The first tokens and the last ones: positions below {@code sinks}, or less than {@code window} before the query.
     *
     * @param sinks  first positions that are always read, 0 for none
     * @param window positions up to and including the query's own, at least 1
     */
    record SinkWindow(int sinks, int window) implements AttentionPlan {
        /** Checks the sizes. */
        public SinkWindow {
            if (sinks < 0 || window < 1) {
                throw new IllegalArgumentException(
                        "A window reads at least the query's own position: sinks " + sinks + ", window " + window
                                + ".");
            }
        }
    }

    /**
     * Key ranges of one width and single keys for each block of queries: block masks, vertical-slash, stripes. Ranges may
     * start at any slot and may run past the end or past the query; what lies outside is not read.
     *
     * @param queryBlock  queries of a block; the last block may be shorter
     * @param width       keys of a range
     * @param rangeStarts [blocks+1], index into {@code ranges} where each block's begin
     * @param ranges      first slot of each range
     * @param keyStarts   [blocks+1], index into {@code keys} where each block's begin
     * @param keys        single slots
     */
    record Tiles(int queryBlock, int width, int[] rangeStarts, int[] ranges, int[] keyStarts, int[] keys)
            implements
                AttentionPlan {
        /** Checks that the offsets fit. */
        public Tiles {
            if (queryBlock < 1 || width < 1) {
                throw new IllegalArgumentException(
                        "Tiles need sizes of at least 1: " + queryBlock + " by " + width + ".");
            }
            requireOffsets("range", rangeStarts, ranges);
            requireOffsets("key", keyStarts, keys);
            if (rangeStarts.length != keyStarts.length) {
                throw new IllegalArgumentException("Ranges and keys are given for different numbers of query blocks.");
            }
        }

        private static void requireOffsets(String what, int[] starts, int[] entries) {
            requireNonNull(starts, "starts is null");
            requireNonNull(entries, "entries is null");
            if (starts.length == 0 || starts[0] != 0 || starts[starts.length - 1] != entries.length) {
                throw new IllegalArgumentException(
                        "The " + what + " offsets must run from 0 to " + entries.length + ".");
            }
            for (int i = 1; i < starts.length; i++) {
                if (starts[i] < starts[i - 1]) {
                    throw new IllegalArgumentException("The " + what + " offsets decrease at block " + (i - 1) + ".");
                }
            }
        }

        /**
         * Tiles without single keys.
         *
         * @param queryBlock  queries of a block
         * @param width       keys of a range
         * @param rangeStarts [blocks+1]
         * @param ranges      first slot of each range
         * @return the tiles
         */
        public static Tiles of(int queryBlock, int width, int[] rangeStarts, int[] ranges) {
            return new Tiles(queryBlock, width, rangeStarts, ranges, new int[rangeStarts.length], new int[0]);
        }
    }

    /**
     * A list of slots for every query.
     *
     * @param starts [queries+1], index into {@code slots} where each query's begin
     * @param slots  slots to read
     */
    record Indices(int[] starts, int[] slots) implements AttentionPlan {
        /** Checks that the offsets fit. */
        public Indices {
            Tiles.requireOffsets("slot", starts, slots);
        }
    }

    /**
     * A plan for every query head.
     *
     * @param plans one a head, none of them PerHead or Computed
     */
    record PerHead(List<AttentionPlan> plans) implements AttentionPlan {
        /** Checks the plans. */
        public PerHead {
            plans = List.copyOf(plans);
            for (AttentionPlan plan : plans) {
                if (plan instanceof PerHead || plan instanceof Computed) {
                    throw new IllegalArgumentException("The plan of a single head cannot be " + plan + ".");
                }
            }
        }
    }

    /**
     * The pattern has computed the attention itself.
     *
     * @param output [h, n, valueDim]
     */
    record Computed(Tensor output) implements AttentionPlan {
        /** Checks that there is an output. */
        public Computed {
            requireNonNull(output, "output is null");
        }
    }
}
