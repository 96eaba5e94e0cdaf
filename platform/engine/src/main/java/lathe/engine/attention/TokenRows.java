package lathe.engine.attention;

import java.util.List;

import lathe.engine.kernels.FloatReader;
import lathe.engine.kernels.Memory;
import lathe.engine.kernels.RowMath;
import lathe.spi.kv.KvSegment;
import lathe.spi.kv.PlainSegment;
import lathe.spi.kv.StoredBlock;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Keys or values of some tokens of one head: float32 is read in place, stored blocks are multiplied as they are for a few
 * rows, everything else is decoded tile by tile.
 */
sealed interface TokenRows permits TokenRows.InPlace, TokenRows.Widened, TokenRows.Decoded, StoredRows {
    /**
     * Makes rows readable.
     *
     * @param from   first token
     * @param count  how many
     * @param buffer count * width floats, used where rows are not float32
     * @param tile   receives where they are
     */
    void load(int from, int count, long buffer, Tile tile);

    /**
     * Whether products are best taken from the stored form itself, for few rows.
     *
     * @return false where rows are loaded first
     */
    default boolean isStored() {
        return false;
    }

    /**
     * Scores of a few rows of queries.
     *
     * @param queries rows of queries, one after the other
     * @param rows    how many
     * @param from    first token
     * @param count   how many
     * @param scores  receives rows of scores
     * @param stride  their distance
     */
    default void scores(long queries, int rows, int from, int count, long scores, int stride) {
        throw new IllegalStateException("These rows are loaded.");
    }

    /**
     * Adds weighted values to rows.
     *
     * @param weights rows of weights, one a token
     * @param stride  their distance
     * @param rows    how many
     * @param from    first token
     * @param count   how many
     * @param sums    rows of sums, one after the other, added to what is there
     */
    default void addWeighted(long weights, int stride, int rows, int from, int count, long sums) {
        throw new IllegalStateException("These rows are loaded.");
    }

    /**
     * Numbers in a matrix.
     *
     * @param matrix [tokens, width], rows in one piece
     * @param math   inner loops
     * @return its rows
     */
    static TokenRows of(Tensor matrix, RowMath math) {
        if (matrix.size(0) == 0 || matrix.type() == DataType.F32) {
            return new InPlace(matrix.size(0) == 0 ? 0 : Memory.address(matrix), matrix.stride(0));
        }
        FloatReader[] rows = new FloatReader[matrix.isContiguous() ? 1 : matrix.size(0)];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = new FloatReader(rows.length == 1 && matrix.isContiguous() ? matrix : matrix.row(i), math);
        }
        return new Widened(rows, matrix.size(1), matrix.isContiguous());
    }

    /**
     * Keys of a stored segment.
     *
     * @param segment the segment
     * @param head    which key/value head
     * @param width   of a key
     * @param scope   for views of buffers
     * @param math    inner loops
     * @return the keys
     */
    static TokenRows keys(KvSegment segment, int head, int width, Scope scope, RowMath math) {
        if (segment instanceof PlainSegment plain) {
            return of(plain.keys().get(head), math);
        }
        List<StoredBlock> blocks = segment.storedKeys(head);
        return blocks.isEmpty() ? new Decoded(segment, head, width, scope, true) : new StoredRows(blocks, width, math);
    }

    /**
     * Values of a stored segment.
     *
     * @param segment the segment
     * @param head    which key/value head
     * @param width   of a value
     * @param scope   for views of buffers
     * @param math    inner loops
     * @return the values
     */
    static TokenRows values(KvSegment segment, int head, int width, Scope scope, RowMath math) {
        if (segment instanceof PlainSegment plain) {
            return of(plain.values().get(head), math);
        }
        List<StoredBlock> blocks = segment.storedValues(head);
        return blocks.isEmpty() ? new Decoded(segment, head, width, scope, false) : new StoredRows(blocks, width, math);
    }

    /**
     * Float32 where it lies.
     *
     * @param address first number
     * @param stride  distance of tokens in numbers
     */
    record InPlace(long address, long stride) implements TokenRows {
        @Override
        public void load(int from, int count, long buffer, Tile tile) {
            tile.set(address + 4 * stride * from, stride);
        }
    }

    /**
     * Other float types.
     *
     * @param rows       one reader of all, or one a token where there are gaps
     * @param width      numbers of a token
     * @param contiguous whether one reader reads all
     */
    record Widened(FloatReader[] rows, int width, boolean contiguous) implements TokenRows {
        @Override
        public void load(int from, int count, long buffer, Tile tile) {
            if (contiguous) {
                rows[0].read((long) from * width, count * width, buffer);
            } else {
                for (int i = 0; i < count; i++) {
                    rows[from + i].read(0, width, buffer + 4L * width * i);
                }
            }
            tile.set(buffer, width);
        }
    }

    /**
     * A stored form that decodes itself.
     *
     * @param segment the form
     * @param head    which key/value head
     * @param width   numbers of a token
     * @param scope   for views of buffers
     * @param keys    keys or values
     */
    record Decoded(KvSegment segment, int head, int width, Scope scope, boolean keys) implements TokenRows {
        @Override
        public void load(int from, int count, long buffer, Tile tile) {
            Tensor target = scope.over(
                    Memory.ALL.asSlice(buffer, 4L * count * width),
                    DataType.F32,
                    count,
                    width);
            if (keys) {
                segment.readKeys(head, from, target);
            } else {
                segment.readValues(head, from, target);
            }
            tile.set(buffer, width);
        }
    }
}
