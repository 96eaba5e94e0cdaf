package lathe.engine.attention;

import java.util.ArrayList;
import java.util.List;

import lathe.engine.kernels.Memory;
import lathe.engine.kernels.RowMath;
import lathe.engine.kernels.Scratch;
import lathe.spi.kv.StoredBlock;

/** Blocks of stored tokens one after the other. */
final class StoredRows implements TokenRows {
    private static final int STRIDE = QueryRows.STRIDE;

    private final List<Part> parts = new ArrayList<>();
    private final AttentionLoops loops;
    private final int width;

    /** Tokens from one on, packed or as numbers. */
    private record Part(int first, int end, PackedRows packed, TokenRows exact) {}

    StoredRows(List<StoredBlock> blocks, int width, RowMath math) {
        this.loops = AttentionLoops.of(math);
        this.width = width;
        int first = 0;
        for (StoredBlock block : blocks) {
            int end = first + block.tokens();
            if (end > first) {
                parts.add(switch (block) {
                    case StoredBlock.Packed packed -> new Part(first, end, new PackedRows(packed, width, math), null);
                    case StoredBlock.Exact exact -> new Part(first, end, null, TokenRows.of(exact.rows(), math));
                });
            }
            first = end;
        }
    }

    /** What is done with tokens [from, from + count) of a part, the tokens from {@code offset} on of those asked for. */
    private interface Piece {
        void visit(Part part, int from, int count, int offset);
    }

    private void forEach(int from, int count, Piece piece) {
        int low = 0;
        int high = parts.size() - 1;
        while (low < high) {
            int middle = low + high >>> 1;
            if (parts.get(middle).end <= from) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        for (int at = from; at < from + count; low++) {
            Part part = parts.get(low);
            int end = Math.min(from + count, part.end);
            piece.visit(part, at - part.first, end - at, at - from);
            at = end;
        }
    }

    private void load(Part part, int from, int count, long buffer, Tile tile) {
        if (part.packed != null) {
            part.packed.load(from, count, buffer);
            tile.set(buffer, width);
        } else {
            part.exact.load(from, count, buffer, tile);
        }
    }

    @Override
    public void load(int from, int count, long buffer, Tile tile) {
        forEach(from, count, (part, first, tokens, offset) -> {
            long target = buffer + 4L * width * offset;
            load(part, first, tokens, target, tile);
            if (tokens < count) {
                for (int t = 0; t < tokens && tile.address() != target; t++) {
                    Memory.copy(tile.row(t), target + 4L * width * t, 4L * width);
                }
                tile.set(buffer, width);
            }
        });
    }

    @Override
    public boolean isStored() {
        return true;
    }

    @Override
    public void scores(long queries, int rows, int from, int count, long scores, int stride) {
        forEach(from, count, (part, first, tokens, offset) -> {
            if (part.packed != null && part.packed.scoresCodes()) {
                part.packed.scores(queries, rows, first, tokens, scores + 4L * offset, stride);
                return;
            }
            float[] few = new float[rows * width];
            Memory.copy(queries, few, few.length);
            try (Scratch.Frame frame = Scratch.frame()) {
                long some = frame.floats((long) rows * STRIDE);
                loaded(part, first, tokens, frame, (tile, at, keys) -> {
                    loops.scores(few, rows, width, tile, keys, some);
                    for (int row = 0; row < rows; row++) {
                        Memory.copy(some + 4L * STRIDE * row, scores + 4L * (stride * row + offset + at), 4L * keys);
                    }
                });
            }
        });
    }

    @Override
    public void addWeighted(long weights, int stride, int rows, int from, int count, long sums) {
        forEach(from, count, (part, first, tokens, offset) -> {
            if (part.packed != null && part.packed.weighsCodes()) {
                part.packed.addWeighted(weights + 4L * offset, stride, rows, first, tokens, sums);
                return;
            }
            try (Scratch.Frame frame = Scratch.frame()) {
                long some = frame.floats((long) rows * STRIDE);
                loaded(part, first, tokens, frame, (tile, at, keys) -> {
                    for (int row = 0; row < rows; row++) {
                        Memory.copy(weights + 4L * (stride * row + offset + at), some + 4L * STRIDE * row, 4L * keys);
                    }
                    loops.addWeighted(some, rows, tile, 0, keys, sums, width);
                });
            }
        });
    }

    /** What is done with some tokens as numbers, from token {@code at} of those asked for on. */
    private interface Loaded {
        void visit(Tile tile, int at, int count);
    }

    /** Tokens [from, from + count) of a part as numbers, as many at a time as stay in the cache. */
    private void loaded(Part part, int from, int count, Scratch.Frame frame, Loaded visitor) {
        Tile tile = new Tile();
        long buffer = frame.floats((long) Math.min(count, STRIDE) * width);
        for (int at = 0; at < count; at += STRIDE) {
            int some = Math.min(STRIDE, count - at);
            load(part, from + at, some, buffer, tile);
            visitor.visit(tile, at, some);
        }
    }
}
