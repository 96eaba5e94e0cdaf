package lathe.kivi;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** The newest tokens, exact, oldest first. Grows to what it must hold and no further. */
final class Residual {
    private final int heads;
    private final int width;
    private final DataType type;
    private final Scope owner;
    private Scope scope;
    private Tensor rows;
    private int tokens;

    Residual(int heads, int width, DataType type, Scope owner) {
        this.heads = heads;
        this.width = width;
        this.type = type;
        this.owner = owner;
        this.scope = owner.child();
        this.rows = scope.zeros(type, heads, 0, width);
    }

    int tokens() {
        return tokens;
    }

    /** Puts tokens at the end. */
    void add(Tensor more) {
        int all = tokens + more.size(1);
        if (all > rows.size(1)) {
            move(0, all);
        }
        rows.slice(1, tokens, all).assign(more);
        tokens = all;
    }

    /** The first tokens. */
    Tensor first(int count) {
        return rows.slice(1, 0, count);
    }

    /** Tokens [from, to) of a head. */
    Tensor of(int head, int from, int to) {
        return rows.row(head).slice(0, from, to);
    }

    /** Drops the first tokens. */
    void drop(int count) {
        move(count, tokens - count);
        tokens -= count;
    }

    /** Copies tokens from {@code first} on into new memory and frees the old. */
    private void move(int first, int capacity) {
        Scope next = owner.child();
        Tensor moved = next.zeros(type, heads, capacity, width);
        int stay = Math.min(capacity, tokens - first);
        moved.slice(1, 0, stay).assign(rows.slice(1, first, first + stay));
        scope.close();
        scope = next;
        rows = moved;
    }

    long bytes() {
        return rows.bytes();
    }
}
