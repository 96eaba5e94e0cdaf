package lathe.engine.attention;

import lathe.engine.kernels.Memory;
import lathe.engine.kernels.RowMath;
import lathe.engine.kernels.Scratch;
import lathe.spi.kv.StoredBlock;
import lathe.spi.kv.StoredBlock.Direction;

/** A block in few bits: codes, what replaces some, and what is added in low rank, each a product of its own. */
final class PackedRows {
    private final CodedVectors codes;
    private final ReplacedPlaces replaced;
    private final ReplacedSums changes;
    private final LowRankSums added;
    private final boolean channels;
    private final int from;
    private final int width;

    PackedRows(StoredBlock.Packed block, int width, RowMath math) {
        this.codes = new CodedVectors(block, math);
        this.replaced = block.replaced().map(ReplacedPlaces::new).orElse(null);
        this.changes = replaced == null ? null : new ReplacedSums(replaced, codes, block, width);
        this.added = block.added().filter(rows -> rows.tokens().size(0) > 0)
                .map(rows -> new LowRankSums(rows, math)).orElse(null);
        this.channels = block.direction() == Direction.CHANNELS;
        this.from = block.from();
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
        addSums(queries, width, rows, 0, width, from + first, count, scores, stride);
        if (added != null) {
            added.addScores(queries, rows, first, count, scores, stride);
        }
    }

    /** Adds values of tokens [first, first + count), weighted, to rows of sums. */
    void addWeighted(long weights, long stride, int rows, int first, int count, long sums) {
        addSums(weights, stride, rows, first, count, from, width, sums, width);
        if (added != null) {
            added.addWeighted(weights, stride, rows, first, count, sums);
        }
    }

    private void addSums(long factors, long stride, int rows, int begin, int vectors, int first, int count, long to,
            long toStride) {
        codes.addSums(factors, stride, rows, begin, vectors, first, count, to, toStride);
        if (changes != null) {
            changes.add(factors, stride, rows, begin, vectors, first - from, count, to, toStride);
        }
    }

    /** Tokens [first, first + count) as numbers. */
    void load(int first, int count, long to) {
        if (channels) {
            loadChannels(first, count, to);
        } else {
            for (int t = 0; t < count; t++) {
                codes.read(first + t, from, width, to + 4L * width * t);
            }
        }
        if (replaced != null) {
            replace(first, count, to);
        }
        if (added != null) {
            added.addRows(first, count, to);
        }
    }

    private void loadChannels(int first, int count, long to) {
        try (Scratch.Frame frame = Scratch.frame()) {
            long channel = frame.floats(count);
            for (int c = 0; c < width; c++) {
                codes.read(c, from + first, count, channel);
                for (int t = 0; t < count; t++) {
                    Memory.setFloat(to + 4L * (width * t + c), Memory.getFloat(channel + 4L * t));
                }
            }
        }
    }

    private void replace(int first, int count, long to) {
        int begin = channels ? 0 : first;
        int vectors = channels ? width : count;
        int low = channels ? first : 0;
        int high = channels ? first + count : width;
        for (int i = begin; i < begin + vectors; i++) {
            long end = replaced.end(i);
            for (long entry = replaced.firstAtLeast(i, low, codes.length()); entry < end; entry++) {
                int j = replaced.number(entry);
                if (j >= high) {
                    break;
                }
                int token = channels ? j : i;
                int channel = channels ? i : j;
                Memory.setFloat(to + 4L * (width * (token - first) + channel), replaced.value(entry));
            }
        }
    }
}
