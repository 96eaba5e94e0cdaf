package lathe.engine.attention;

import lathe.engine.kernels.MatrixProduct;
import lathe.engine.kernels.Memory;
import lathe.engine.kernels.RowMath;
import lathe.engine.kernels.Scratch;
import lathe.spi.tensor.Tensor;

/**
 * Some consecutive queries of some heads that share their keys and their plan: the rows of score tiles. Queries are
 * copied once, scaled, so that a tile of scores is one product with the keys where they lie.
 */
final class QueryRows {
    /** Keys of a tile, and the distance of rows of scores. */
    static final int STRIDE = 128;
    /**
     * Keys of a tile that is multiplied in the form in which it is stored. Such a form lies in many places, of which each is
     * read in long runs: with tiles of 128 keys half of the time went by waiting for the first number of a run.
     */
    static final int LONG_STRIDE = 1024;
    /** From so many rows on a matrix product is faster than dot products. */
    private static final int MANY = 6;

    private final KeySpace space;
    private final int[] heads;
    private final int firstQuery;
    private final int queries;
    private final int[] positions;
    private final int headDim;
    private final float softcap;
    private final MatrixProduct product;
    private final AttentionLoops loops;
    private final long packed;
    private final float[] few;
    private final long scores;
    private final long buffer;
    private final Tile tile = new Tile();
    private final int[] low;
    private final int[] high;
    private final int[] from;
    private final int[] to;
    private long pairs;

    QueryRows(AttentionSetting setting, KeySpace space, int[] heads, int firstQuery, int lastQuery,
            Scratch.Frame frame) {
        this.space = space;
        this.heads = heads;
        this.firstQuery = firstQuery;
        this.queries = lastQuery - firstQuery;
        this.positions = setting.call().queryPositions();
        this.headDim = setting.call().layer().headDim();
        this.softcap = (float) setting.call().softcap();
        this.product = setting.product();
        this.loops = AttentionLoops.of(setting.math());
        this.packed = frame.floats((long) rows() * headDim);
        this.scores = frame.floats((long) rows() * (rows() < MANY ? LONG_STRIDE : STRIDE));
        this.buffer = frame.floats((long) STRIDE * headDim);
        this.few = new float[rows() < MANY ? rows() * headDim : 0];
        this.low = new int[queries];
        this.high = new int[queries];
        this.from = new int[queries];
        this.to = new int[queries];
        pack(setting.call().queries(), (float) setting.call().layer().scale(), setting.math());
    }

    private void pack(Tensor all, float scale, RowMath math) {
        long address = Memory.address(all);
        for (int row = 0; row < rows(); row++) {
            long source = address + 4 * (all.stride(0) * head(row) + all.stride(1) * query(row));
            Memory.copy(source, packed + 4L * headDim * row, 4L * headDim);
        }
        math.scale(packed, scale, rows() * headDim);
        for (int i = 0; i < few.length; i++) {
            few[i] = Memory.getFloat(packed + 4L * i);
        }
    }

    /** Number of rows. */
    int rows() {
        return heads.length * queries;
    }

    /** Number of queries; row r is of query r % queries() among these. */
    int queries() {
        return queries;
    }

    /** Head of a row. */
    int head(int row) {
        return heads[row / queries];
    }

    /** Query of a row, counted from the first of the call. */
    int query(int row) {
        return firstQuery + row % queries;
    }

    /** Address of a row's query, scaled. */
    long row(int row) {
        return packed + 4L * headDim * row;
    }

    /** Products that rows have read so far. */
    long pairs() {
        return pairs;
    }

    /** Goes over all that is read, tile by tile in a fixed order. */
    void walk(Pieces pieces, TileVisitor visitor) {
        TileSlots slots = new TileSlots(space);
        for (int range = 0; range < pieces.ranges(); range++) {
            for (int i = 0; i < queries; i++) {
                low[i] = pieces.low(range, positions[firstQuery + i]);
                high[i] = pieces.high(range, positions[firstQuery + i]);
            }
            int end;
            for (int start = pieces.start(range); start < pieces.end(range); start = end) {
                int most = rows() < MANY && space.isStored(start) ? LONG_STRIDE : STRIDE;
                end = Math.min(Math.min(pieces.end(range), start + most), space.segmentEnd(start));
                slots.setRange(start, end);
                visit(slots, start, visitor);
            }
        }
        walkSingles(pieces, slots, visitor);
    }

    private void walkSingles(Pieces pieces, TileSlots slots, TileVisitor visitor) {
        int[] singles = pieces.singles();
        int run = 0;
        int end;
        for (int start = 0; start < singles.length; start = end) {
            while (space.runStart(run + 1) <= singles[start]) {
                run++;
            }
            end = start;
            while (end < singles.length && end - start < STRIDE && singles[end] < space.runStart(run + 1)) {
                end++;
            }
            for (int i = 0; i < queries; i++) {
                low[i] = pieces.firstSingleRead(start, end, positions[firstQuery + i]);
                high[i] = pieces.firstSingleHidden(start, end, positions[firstQuery + i]);
            }
            slots.setList(singles, start, end);
            visit(slots, start, visitor);
        }
    }

    private void visit(TileSlots slots, int start, TileVisitor visitor) {
        boolean any = false;
        for (int i = 0; i < queries; i++) {
            from[i] = Math.clamp(low[i] - start, 0, slots.count());
            to[i] = Math.clamp(high[i] - start, 0, slots.count());
            int read = Math.max(0, to[i] - from[i]);
            pairs += (long) heads.length * read;
            any |= read > 0;
        }
        if (any) {
            if (visitor.readsScores()) {
                score(slots);
            }
            visitor.visit(slots, scores, from, to);
        }
    }

    private void score(TileSlots slots) {
        if (rows() >= MANY || !slots.scores(packed, rows(), scores)) {
            slots.keys(buffer, tile);
            score(slots.count());
        }
        if (softcap > 0) {
            for (int row = 0; row < rows(); row++) {
                loops.cap(scores + 4L * slots.stride() * row, slots.count(), softcap);
            }
        }
    }

    private void score(int count) {
        if (rows() >= MANY) {
            product.timesTransposed(
                    false,
                    rows(),
                    count,
                    headDim,
                    packed,
                    headDim,
                    tile.address(),
                    tile.stride(),
                    scores,
                    STRIDE);
        } else {
            loops.scores(few, rows(), headDim, tile, count, scores);
        }
    }
}
