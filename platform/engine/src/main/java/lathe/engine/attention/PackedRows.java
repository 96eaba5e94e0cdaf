package lathe.engine.attention;

import lathe.engine.kernels.Memory;
import lathe.engine.kernels.RowMath;
import lathe.engine.kernels.Scratch;
import lathe.spi.kv.StoredBlock;
import lathe.spi.kv.StoredBlock.Direction;

/** A block in few bits: codes, single numbers and a matrix of low rank, each a product of its own. */
final class PackedRows {
    private final CodedVectors codes;
    private final SparseSums sparse;
    private final LowRankSums added;
    private final boolean channels;
    private final int width;

    PackedRows(StoredBlock.Packed block, int width, RowMath math) {
        this.codes = new CodedVectors(block, math);
        this.sparse = block.sparse().map(numbers -> new SparseSums(numbers, width, math)).orElse(null);
        this.added = block.added().filter(rows -> rows.tokens().size(0) > 0)
                .map(rows -> new LowRankSums(rows, math)).orElse(null);
        this.channels = block.direction() == Direction.CHANNELS;
        this.width = width;
    }

    /** Whether scores can be taken from codes: queries times channels. */
    boolean scoresCodes() {
        return channels && codes.sums();
    }

    /** Whether weighted values can be taken from codes: weights times tokens. */
    boolean weighsCodes() {
        return !channels && codes.sums();
    }

    /** Scores of rows of queries by tokens [first, first + count), written. */
    void scores(long queries, int rows, int first, int count, long scores, long stride) {
        for (int row = 0; row < rows; row++) {
            Memory.clear(scores + 4 * stride * row, 4L * count);
        }
        codes.addSums(queries, width, rows, 0, width, first, count, scores, stride);
        if (sparse != null) {
            sparse.addScores(queries, rows, first, count, scores, stride);
        }
        if (added != null) {
            added.addScores(queries, rows, first, count, scores, stride);
        }
    }

    /** Adds values of tokens [first, first + count), weighted, to rows of sums. */
    void addWeighted(long weights, long stride, int rows, int first, int count, long sums) {
        codes.addSums(weights, stride, rows, first, count, 0, width, sums, width);
        if (sparse != null) {
            sparse.addWeighted(weights, stride, rows, first, count, sums);
        }
        if (added != null) {
            added.addWeighted(weights, stride, rows, first, count, sums);
        }
    }

    /** Tokens [first, first + count) as numbers. */
    void load(int first, int count, long to) {
        if (channels) {
            loadChannels(first, count, to);
        } else {
            for (int t = 0; t < count; t++) {
                codes.read(first + t, 0, width, to + 4L * width * t);
            }
        }
        if (sparse != null) {
            sparse.addRows(first, count, to);
        }
        if (added != null) {
            added.addRows(first, count, to);
        }
    }

    private void loadChannels(int first, int count, long to) {
        try (Scratch.Frame frame = Scratch.frame()) {
            long channel = frame.floats(count);
            for (int c = 0; c < width; c++) {
                codes.read(c, first, count, channel);
                for (int t = 0; t < count; t++) {
                    Memory.setFloat(to + 4L * (width * t + c), Memory.getFloat(channel + 4L * t));
                }
            }
        }
    }
}
