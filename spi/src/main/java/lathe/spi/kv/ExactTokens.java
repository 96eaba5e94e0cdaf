package lathe.spi.kv;

import static java.util.Objects.requireNonNull;

import java.lang.foreign.MemorySegment;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Keys or values of the newest tokens as numbers, oldest first, that leave at the front when they are packed. What many
 * tokens took is given back when they leave.
 */
public final class ExactTokens {
    /**
     * Tokens for which memory is taken ahead of need, as {@link TokenRows} does: with memory of its own for every token, a
     * small model's products took half as long again, since freeing it stops all threads.
     */
    private static final int AHEAD = 32;

    private final int heads;
    private final int width;
    private final DataType type;
    private final Scope owner;
    private Scope scope;
    private Tensor rows;
    private int tokens;

    /**
     * Without tokens.
     *
     * @param heads key/value heads
     * @param width numbers of a token and head
     * @param type  how they are stored
     * @param owner closed when the sequence ends
     */
    public ExactTokens(int heads, int width, DataType type, Scope owner) {
        this.heads = heads;
        this.width = width;
        this.type = requireNonNull(type, "type is null");
        this.owner = requireNonNull(owner, "owner is null");
        this.scope = owner.child();
        this.rows = scope.zeros(type, heads, 0, width);
    }

    /**
     * How many there are.
     *
     * @return tokens
     */
    public int tokens() {
        return tokens;
    }

    /**
     * Puts tokens at the end.
     *
     * @param more [heads, n, width]
     */
    public void add(Tensor more) {
        int all = tokens + more.size(1);
        if (all > rows.size(1)) {
            move(0, all + AHEAD);
        }
        rows.slice(1, tokens, all).assign(more);
        tokens = all;
    }

    /**
     * The first tokens.
     *
     * @param count how many
     * @return [heads, count, width], valid until tokens are added or dropped
     */
    public Tensor first(int count) {
        return rows.slice(1, 0, count);
    }

    /**
     * Tokens of a head.
     *
     * @param head which
     * @param from first token
     * @param to   token after the last
     * @return [to - from, width], valid until tokens are added or dropped
     */
    public Tensor of(int head, int from, int to) {
        return rows.row(head).slice(0, from, to);
    }

    /**
     * All tokens of a head.
     *
     * @param head which
     * @return a block of a segment, valid until tokens are added or dropped
     */
    public StoredBlock block(int head) {
        return new StoredBlock.Exact(of(head, 0, tokens));
    }

    /**
     * Drops the first tokens.
     *
     * @param count how many
     */
    public void drop(int count) {
        int stay = tokens - count;
        if (rows.size(1) > stay + 4 * AHEAD) {
            move(count, stay + AHEAD);
        } else {
            copy(count, rows);
        }
        tokens = stay;
    }

    /** Copies tokens from {@code first} on into new memory and frees the old. */
    private void move(int first, int capacity) {
        Scope next = owner.child();
        Tensor moved = next.zeros(type, heads, capacity, width);
        copy(first, moved);
        scope.close();
        scope = next;
        rows = moved;
    }

    /** Copies tokens from {@code first} on to the front. */
    private void copy(int first, Tensor to) {
        long row = (long) width * type.bytes();
        for (int head = 0; head < heads && tokens > first; head++) {
            MemorySegment.copy(rows.row(head).segment(), row * first, to.row(head).segment(), 0,
                    row * (tokens - first));
        }
    }

    /**
     * Memory of the tokens that are there.
     *
     * @return bytes
     */
    public long bytes() {
        return (long) heads * tokens * width * type.bytes();
    }
}
