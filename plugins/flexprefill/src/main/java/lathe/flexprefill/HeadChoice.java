package lathe.flexprefill;

import java.util.Arrays;

import lathe.flexprefill.HeadEstimates.Estimate;
import lathe.spi.tensor.Selection;

/**
 * Steps 3 and 6 to 9: the blocks of one head.
 *
 * @param estimate   what the probes say
 * @param queryAware whether the means of blocks are trusted for all rows
 * @param columns    block columns kept
 * @param diagonals  block diagonals kept
 * @param rows       [blocks][blocks] whether a tile is computed
 */
record HeadChoice(Estimate estimate, boolean queryAware, int columns, int diagonals, boolean[][] rows) {
    /** What the counts of tokens are divided by, whatever the block size, as in the authors' code. */
    private static final int COUNTED_TOGETHER = 128;

    static HeadChoice of(FlexPrefillConfig config, HeadEstimates estimates, int head) {
        Estimate estimate = estimates.of(head);
        int least = config.leastBlocks();
        int most = config.mostBlocks(estimates.blocks());
        boolean queryAware = estimate.distance() < config.tau();
        int columns = queryAware ? least : clamp(covering(estimate.vertical(), config.gamma()), least, most);
        int diagonals = queryAware ? least : clamp(covering(estimate.slash(), config.gamma()), least, most);
        boolean[][] rows = lines(estimate, columns, diagonals);
        if (queryAware) {
            addLargest(rows, estimates.pooledAttention(head), config.gamma());
        }
        return new HeadChoice(estimate, queryAware, columns, diagonals, rows);
    }

    boolean reads(int row, int column) {
        return rows[row][column];
    }

    int tiles() {
        int count = 0;
        for (boolean[] row : rows) {
            for (boolean tile : row) {
                count += tile ? 1 : 0;
            }
        }
        return count;
    }

    private static int clamp(int count, int least, int most) {
        return Math.min(Math.max(count, least), most);
    }

    /** Blocks for the fewest shares that pass {@code gamma}, the one that passes it included. */
    private static int covering(float[] shares, double gamma) {
        float[] sorted = shares.clone();
        Arrays.sort(sorted);
        double sum = 0;
        int count = 1;
        for (int i = sorted.length - 1; i >= 0; i--) {
            sum += sorted[i];
            if (sum > gamma) {
                break;
            }
            count++;
        }
        return count / COUNTED_TOGETHER + 1;
    }

    private static boolean[][] lines(Estimate estimate, int columns, int diagonals) {
        int blocks = estimate.pooledVertical().length;
        boolean[][] rows = new boolean[blocks][blocks];
        for (int column : largestAndFirst(estimate.pooledVertical(), columns)) {
            for (int row = column; row < blocks; row++) {
                rows[row][column] = true;
            }
        }
        for (int offset : largestAndFirst(estimate.pooledSlash(), diagonals)) {
            for (int row = offset; row < blocks; row++) {
                rows[row][row - offset] = true;
            }
        }
        return rows;
    }

    private static int[] largestAndFirst(float[] mass, int count) {
        float[] forced = mass.clone();
        forced[0] = Float.POSITIVE_INFINITY;
        return Selection.indices(Selection.largest(forced, count));
    }

    /** The largest means of the whole head while their sum is at most {@code gamma} of all rows: rows share the budget. */
    private static void addLargest(boolean[][] rows, float[][] attention, double gamma) {
        int blocks = rows.length;
        long[] order = new long[blocks * (blocks + 1) / 2];
        int count = 0;
        for (int row = 0; row < blocks; row++) {
            for (int column = 0; column <= row; column++) {
                // The bits of floats that are not negative rise with them: the largest first, equal ones by their place.
                order[count++] = (long) ~Float.floatToIntBits(attention[row][column]) << 32 | row * blocks + column;
            }
        }
        Arrays.sort(order);
        double sum = 0;
        for (long entry : order) {
            int tile = (int) entry;
            sum += attention[tile / blocks][tile % blocks];
            if (sum > gamma * blocks) {
                return;
            }
            rows[tile / blocks][tile % blocks] = true;
        }
    }
}
