package lathe.spi.tensor;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * Owner of tensors' memory, and their factory. Everything made in a scope dies with it; reading a dead tensor throws
 * {@link IllegalStateException}. Results of tensor operations live in the scope of the tensor they were called on.
 * Memory is off-heap, zeroed and aligned to 64 bytes. Safe for use by several threads, except {@link #close()}.
 */
public interface Scope extends AutoCloseable {
    /**
     * Zeros of a type.
     *
     * @param type  the element type
     * @param sizes the shape
     * @return a new tensor
     */
    Tensor zeros(DataType type, int... sizes);

    /**
     * Zeros in float32.
     *
     * @param sizes the shape
     * @return a new tensor
     */
    default Tensor zeros(int... sizes) {
        return zeros(DataType.F32, sizes);
    }

    /**
     * A float32 tensor with given values.
     *
     * @param values row-major, as many as the shape has elements
     * @param sizes  the shape
     * @return a new tensor with a copy of the values
     */
    Tensor of(float[] values, int... sizes);

    /**
     * An I32 tensor with given values.
     *
     * @param values row-major, as many as the shape has elements
     * @param sizes  the shape
     * @return a new tensor with a copy of the values
     */
    Tensor of(int[] values, int... sizes);

    /**
     * Copies rows of one length.
     *
     * @param rows at least one
     * @return [rows, length], float32
     */
    default Tensor ofRows(List<float[]> rows) {
        Tensor all = zeros(rows.size(), rows.getFirst().length);
        for (int row = 0; row < rows.size(); row++) {
            all.setRow(row, rows.get(row));
        }
        return all;
    }

    /**
     * Copies lists of any length, the shorter ones filled up with -1.
     *
     * @param lists such as the indices that each head has chosen
     * @return [lists, longest], whole numbers
     */
    default Tensor ofLists(List<int[]> lists) {
        int width = lists.stream().mapToInt(list -> list.length).max().orElse(0);
        int[] all = new int[lists.size() * width];
        Arrays.fill(all, -1);
        for (int i = 0; i < lists.size(); i++) {
            System.arraycopy(lists.get(i), 0, all, i * width, lists.get(i).length);
        }
        return of(all, lists.size(), width);
    }

    /**
     * A tensor over memory that somebody else owns, such as a mapped file. Nothing is copied.
     *
     * @param segment at least as many bytes as the tensor needs, in native byte order, any alignment
     * @param type    the element type
     * @param sizes   the shape
     * @return a tensor that dies with the segment; results of its operations live in this scope
     */
    Tensor over(MemorySegment segment, DataType type, int... sizes);

    /**
     * Opens a scope for intermediate results. Closing it leaves this one untouched; closing this one closes it.
     *
     * @return a new scope, to be closed by the caller
     */
    Scope child();

    /**
     * Memory that this scope holds now, its children included.
     *
     * @return bytes
     */
    long bytes();

    /**
     * Runs an action when this scope closes, the last one first, before the memory of its tensors is freed. So memory
     * outside of the host, which a scope cannot free itself, still dies with its scope: a backend gives back a device's
     * buffers here. Actions may be called from the thread that closes the scope, whichever that is.
     *
     * @param action does not throw for memory that is gone already
     */
    void onClose(Runnable action);

    /** Frees the memory of all tensors of this scope and of its children. */
    @Override
    void close();
}
