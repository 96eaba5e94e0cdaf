package lathe.models.architecture;

import static java.util.Objects.requireNonNull;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

import lathe.models.checkpoint.StoredType;
import lathe.models.checkpoint.TensorEntry;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * A weight where it lies in its checkpoint: a whole stored tensor, or the rows of one that holds several, seen as
 * [out, in] whatever way it is stored. Vectors are seen as [n, 1].
 */
public final class Weight {
    private final Slot slot;
    private final TensorEntry entry;
    private final RowSelection selection;
    private final boolean transposed;
    private final boolean vector;
    private final long columns;

    Weight(Slot slot, TensorEntry entry, RowSelection selection, boolean transposed) {
        this.slot = requireNonNull(slot, "slot is null");
        this.entry = requireNonNull(entry, "entry is null");
        this.selection = requireNonNull(selection, "selection is null");
        this.transposed = transposed;
        this.vector = entry.rank() == 1;
        this.columns = vector ? 1 : entry.dimension(transposed ? 0 : entry.rank() - 1);
    }

    /**
     * What the weight is for.
     *
     * @return its slot
     */
    public Slot slot() {
        return slot;
    }

    /**
     * The stored tensor that holds it.
     *
     * @return the entry, shared by all parts of a fused tensor
     */
    public TensorEntry entry() {
        return entry;
    }

    /**
     * The element type as stored.
     *
     * @return F32, F16 or BF16 in every validated model
     */
    public StoredType type() {
        return entry.type();
    }

    /**
     * Output features, or the length of a vector.
     *
     * @return the rows
     */
    public int rows() {
        return Math.toIntExact(selection.rows());
    }

    /**
     * Input features.
     *
     * @return the columns, 1 for a vector
     */
    public int columns() {
        return Math.toIntExact(columns);
    }

    /**
     * Whether it is a vector (a norm's gain, a bias).
     *
     * @return true if it is stored with one dimension
     */
    public boolean isVector() {
        return vector;
    }

    /**
     * Whether it lies row by row in one piece.
     *
     * @return false for weights stored [in, out] and for parts that are interleaved with others
     */
    public boolean isContiguous() {
        return !transposed && selection.isRange();
    }

    /**
     * How the rows lie in the stored tensor.
     *
     * @return the selection, in rows after transposition
     */
    public RowSelection selection() {
        return selection;
    }

    /**
     * Whether the tensor is stored [in, out].
     *
     * @return true for GPT-2's projections
     */
    public boolean isTransposed() {
        return transposed;
    }

    /**
     * Its bytes in the file; nothing is copied. Any alignment.
     *
     * @return a read-only view
     * @throws IllegalStateException if it does not lie in one piece
     */
    public MemorySegment segment() {
        if (!isContiguous()) {
            throw new IllegalStateException(this + " does not lie in one piece.");
        }
        long row = rowBytes();
        return entry.segment().asSlice(selection.first() * row, selection.rows() * row);
    }

    /**
     * The weight as a tensor, [out, in] or [n]: where it lies if it lies in one piece, else copied into the scope in its
     * stored type.
     *
     * @param scope owner of a copy, and of results of the tensor's operations
     * @return a contiguous tensor; never write to it
     */
    public Tensor tensor(Scope scope) {
        int[] shape = vector ? new int[] {rows()} : new int[] {rows(), columns()};
        if (isContiguous()) {
            return scope.over(segment(), entry.type().tensorType().orElseThrow(), shape);
        }
        Tensor copy = scope.zeros(entry.type().tensorType().orElseThrow(), shape);
        copyTo(copy.segment());
        return copy;
    }

    /**
     * Copies the weight, row by row, in its stored type.
     *
     * @param target as many bytes as the weight has
     * @throws lathe.spi.LatheException if the file was shortened meanwhile
     */
    public void copyTo(MemorySegment target) {
        try {
            if (isContiguous()) {
                MemorySegment.copy(segment(), 0, target, 0, selection.rows() * rowBytes());
                return;
            }
            MemorySegment source = entry.segment();
            for (long row = 0; row < selection.rows(); row++) {
                copyRow(source, selection.stored(row), target, row * rowBytes());
            }
        } catch (InternalError e) {
            throw entry.shortened(e);
        }
    }

    @Override
    public String toString() {
        return slot + " (" + entry + ")";
    }

    private void copyRow(MemorySegment source, long stored, MemorySegment target, long to) {
        if (!transposed) {
            MemorySegment.copy(source, stored * rowBytes(), target, to, rowBytes());
            return;
        }
        int size = entry.type().bits() / Byte.SIZE;
        long distance = entry.dimension(1);
        for (long column = 0; column < columns; column++) {
            long from = (column * distance + stored) * size;
            switch (size) {
                case 2 -> target.set(ValueLayout.JAVA_SHORT_UNALIGNED, to + column * size,
                        source.get(ValueLayout.JAVA_SHORT_UNALIGNED, from));
                case 4 -> target.set(ValueLayout.JAVA_INT_UNALIGNED, to + column * size,
                        source.get(ValueLayout.JAVA_INT_UNALIGNED, from));
                default -> MemorySegment.copy(source, from, target, to + column * size, size);
            }
        }
    }

    private long rowBytes() {
        return columns * entry.type().bits() / Byte.SIZE;
    }
}
