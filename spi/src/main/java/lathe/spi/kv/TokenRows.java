package lathe.spi.kv;

import static java.util.Objects.requireNonNull;

import java.lang.foreign.MemorySegment;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Rows of one width, one a token, that grow at the end and from which rows may go. Freed memory is given back. Used by one
 * thread at a time.
 */
public final class TokenRows implements AutoCloseable {
    /** Rows taken ahead of need, so that not every token copies the rest. */
    private static final int AHEAD = 32;

    private final Scope parent;
    private final DataType type;
    private final int width;
    private Scope owner;
    private Tensor rows;
    private int count;

    /**
     * No rows.
     *
     * @param parent a scope that outlives the rows
     * @param type   type of the numbers
     * @param width  numbers of a row
     */
    public TokenRows(Scope parent, DataType type, int width) {
        this.parent = requireNonNull(parent, "parent is null");
        this.type = requireNonNull(type, "type is null");
        this.width = width;
    }

    /**
     * Rows that are there.
     *
     * @return count
     */
    public int count() {
        return count;
    }

    /**
     * The rows where they lie.
     *
     * @return [count, width], valid until the next change
     */
    public Tensor view() {
        return rows == null ? parent.zeros(type, 0, width) : rows.slice(0, 0, count);
    }

    /**
     * Adds rows.
     *
     * @param added [n, width], rounded to the type of the rows
     */
    public void append(Tensor added) {
        int more = added.size(0);
        if (rows == null || count + more > rows.size(0)) {
            // An eighth more, or a few rows: copying stays far below what attention reads anyhow.
            resize(count + more + (count == 0 ? AHEAD : Math.max(AHEAD, (count + more) / 8)));
        }
        rows.slice(0, count, count + more).assign(added);
        count += more;
    }

    /**
     * Drops all rows but some.
     *
     * @param kept which stay, ascending
     */
    public void keep(int[] kept) {
        if (kept.length == count) {
            return;
        }
        if (kept.length + AHEAD < rows.size(0) / 2) {
            shrink(kept);
            return;
        }
        MemorySegment memory = rows.segment();
        long bytes = (long) width * type.bytes();
        for (int i = 0; i < kept.length; i++) {
            if (kept[i] != i) {
                MemorySegment.copy(memory, kept[i] * bytes, memory, i * bytes, bytes);
            }
        }
        count = kept.length;
    }

    /**
     * Memory of the rows that are there.
     *
     * @return bytes
     */
    public long bytes() {
        return (long) count * width * type.bytes();
    }

    @Override
    public void close() {
        if (owner != null) {
            owner.close();
            owner = null;
            rows = null;
            count = 0;
        }
    }

    private void resize(int capacity) {
        Scope fresh = parent.child();
        Tensor larger = fresh.zeros(type, capacity, width);
        if (count > 0) {
            MemorySegment.copy(rows.segment(), 0, larger.segment(), 0, bytes());
        }
        replace(fresh, larger);
    }

    private void shrink(int[] kept) {
        Scope fresh = parent.child();
        Tensor smaller = fresh.zeros(type, kept.length + AHEAD, width);
        long bytes = (long) width * type.bytes();
        for (int i = 0; i < kept.length; i++) {
            MemorySegment.copy(rows.segment(), kept[i] * bytes, smaller.segment(), i * bytes, bytes);
        }
        replace(fresh, smaller);
        count = kept.length;
    }

    private void replace(Scope fresh, Tensor tensor) {
        Scope old = owner;
        owner = fresh;
        rows = tensor;
        if (old != null) {
            old.close();
        }
    }
}
