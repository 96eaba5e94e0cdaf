package lathe.engine.attention;

import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

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
    private final List<Addend> addends;
    private final boolean channels;
    private final int width;

    /**
     * What is added to scores and sums. Of three kinds, so that the compiler leaves each a method of its own: where it drew
     * them into their caller, its budget ended within their loops.
     */
    interface Addend {
        /** Adds scores of rows of queries by tokens [first, first + count). */
        void addScores(long queries, int rows, int first, int count, long scores, long stride);

        /** Adds values of tokens [first, first + count), weighted, to rows of sums. */
        void addWeighted(long weights, long stride, int rows, int first, int count, long sums);
    }

    private record Codes(CodedVectors vectors, int width) implements Addend {
        @Override
        public void addScores(long queries, int rows, int first, int count, long scores, long stride) {
            vectors.addSums(queries, width, rows, 0, width, first, count, scores, stride);
        }

        @Override
        public void addWeighted(long weights, long stride, int rows, int first, int count, long sums) {
            vectors.addSums(weights, stride, rows, first, count, 0, width, sums, width);
        }
    }

    PackedRows(StoredBlock.Packed block, int width, RowMath math) {
        this.codes = new CodedVectors(block, math);
        this.sparse = block.sparse().map(numbers -> new SparseSums(numbers, width, math)).orElse(null);
        this.added = block.added().filter(rows -> rows.tokens().size(0) > 0)
                .map(rows -> new LowRankSums(rows, math)).orElse(null);
        this.channels = block.direction() == Direction.CHANNELS;
        this.width = width;
        this.addends = Stream.of(new Codes(codes, width), sparse, added).filter(Objects::nonNull).toList();
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
        for (Addend addend : addends) {
            addend.addScores(queries, rows, first, count, scores, stride);
        }
    }

    /** Adds values of tokens [first, first + count), weighted, to rows of sums. */
    void addWeighted(long weights, long stride, int rows, int first, int count, long sums) {
        for (Addend addend : addends) {
            addend.addWeighted(weights, stride, rows, first, count, sums);
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
