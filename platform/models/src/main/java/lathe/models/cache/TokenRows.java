package lathe.models.cache;

import static java.util.Objects.requireNonNull;

import java.lang.foreign.MemorySegment;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Rows of one width, one a token, that grow at the end and from which rows may go. Freed memory is given back. */
final class TokenRows implements AutoCloseable {
    /** Rows taken ahead of need, so that not every token copies the rest. */
    private static final int AHEAD = 32;

    private final Scope parent;
    private final DataType type;
    private final int width;
    private Scope owner;
    private Tensor rows;
    private int count;

    TokenRows(Scope parent, DataType type, int width) {
        this.parent = requireNonNull(parent, "parent is null");
        this.type = requireNonNull(type, "type is null");
        this.width = width;
    }

    int count() {
        return count;
    }

    /** [count, width], valid until the next change. */
    Tensor view() {
        return rows == null ? parent.zeros(type, 0, width) : rows.slice(0, 0, count);
    }

    /** Adds [n, width]. */
    void append(Tensor added) {
        int more = added.size(0);
        if (rows == null || count + more > rows.size(0)) {
            // An eighth more, or a few rows: copying stays far below what attention reads anyhow.
            resize(count + more + (count == 0 ? AHEAD : Math.max(AHEAD, (count + more) / 8)));
        }
        rows.slice(0, count, count + more).assign(added);
        count += more;
    }

    /** Keeps rows, ascending. */
    void keep(int[] kept) {
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

    /** Bytes of the rows that are there. */
    long bytes() {
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
