package lathe.spi.kv;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Keys or values in few bits, packed token by token: for every token and head a vector over the channels. Memory grows by
 * pages of tokens. Written by one thread; may be read by several.
 */
public final class PackedTokens {
    private static final int PAGE = 32;

    private final int heads;
    private final int width;
    private final int group;
    private final int bits;
    private final DataType scaleType;
    private final Scope scope;
    private final List<PackedVectors> pages = new ArrayList<>();
    private int tokens;

    /**
     * No tokens.
     *
     * @param heads     key/value heads
     * @param width     numbers of a token and head
     * @param group     consecutive numbers that share a scale; divides the width
     * @param bits      bits of a code, 1 to 8
     * @param scaleType type of scales and minima: F16 or F32
     * @param scope     where the memory lives
     */
    public PackedTokens(int heads, int width, int group, int bits, DataType scaleType, Scope scope) {
        this.heads = heads;
        this.width = width;
        this.group = group;
        this.bits = bits;
        this.scaleType = requireNonNull(scaleType, "scaleType is null");
        this.scope = requireNonNull(scope, "scope is null");
    }

    /**
     * Tokens that are packed.
     *
     * @return count
     */
    public int tokens() {
        return tokens;
    }

    /**
     * Packs tokens.
     *
     * @param values [heads, n, width]
     */
    public void add(Tensor values) {
        float[] row = new float[width];
        for (int t = 0; t < values.size(1); t++) {
            if (tokens % PAGE == 0) {
                pages.add(new PackedVectors(PAGE * heads, width, group, bits, scaleType, scope));
            }
            for (int head = 0; head < heads; head++) {
                values.row(head).copyRow(t, row);
                pages.getLast().put(vector(tokens, head), row);
            }
            tokens++;
        }
    }

    private int vector(int token, int head) {
        return token % PAGE * heads + head;
    }

    /**
     * Decodes tokens of a head.
     *
     * @param head   which head
     * @param from   first token
     * @param count  how many
     * @param target [rows, width]
     * @param row    row of the target that receives the first
     */
    public void read(int head, int from, int count, Tensor target, int row) {
        float[] values = new float[width];
        for (int t = 0; t < count; t++) {
            pages.get((from + t) / PAGE).get(vector(from + t, head), 0, values.length, values, 0);
            target.setRow(row + t, values);
        }
    }

    /**
     * All codes.
     *
     * @param where where the result lives
     * @return [heads, n, width]
     */
    public Tensor codes(Scope where) {
        Tensor codes = where.zeros(heads, tokens, width);
        int[] row = new int[width];
        for (int head = 0; head < heads; head++) {
            for (int t = 0; t < tokens; t++) {
                pages.get(t / PAGE).codes(vector(t, head), row);
                for (int c = 0; c < row.length; c++) {
                    codes.set(row[c], head, t, c);
                }
            }
        }
        return codes;
    }

    /**
     * All scales or minima.
     *
     * @param minima which of the two
     * @param where  where the result lives
     * @return [heads, n, width/group]
     */
    public Tensor grids(boolean minima, Scope where) {
        int groups = width / group;
        Tensor values = where.zeros(heads, tokens, groups);
        for (int head = 0; head < heads; head++) {
            for (int t = 0; t < tokens; t++) {
                PackedVectors page = pages.get(t / PAGE);
                for (int g = 0; g < groups; g++) {
                    int vector = vector(t, head);
                    values.set(minima ? page.minimum(vector, g) : page.scale(vector, g), head, t, g);
                }
            }
        }
        return values;
    }

    /**
     * Memory taken.
     *
     * @return bytes, whole pages
     */
    public long bytes() {
        return pages.stream().mapToLong(PackedVectors::bytes).sum();
    }
}
