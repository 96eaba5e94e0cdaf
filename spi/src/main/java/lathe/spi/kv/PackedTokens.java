package lathe.spi.kv;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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
    private final List<Page> pages = new ArrayList<>();
    private int tokens;
    private int capacity;

    /** Tokens from one on, with room for some: head by head, so that kernels read those of a head in one go. */
    private record Page(int first, int room, PackedVectors vectors) {}

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
            if (tokens == capacity) {
                // A prompt makes one page: fewer beginnings for kernels, the same memory.
                int more = Math.ceilDiv(values.size(1) - t, PAGE) * PAGE;
                pages.add(
                        new Page(tokens, more, new PackedVectors(more * heads, width, group, bits, scaleType, scope)));
                capacity += more;
            }
            for (int head = 0; head < heads; head++) {
                values.row(head).copyRow(t, row);
                Page page = pages.getLast();
                page.vectors.put(vector(page, tokens, head), row);
            }
            tokens++;
        }
    }

    private int vector(Page page, int token, int head) {
        return head * page.room + token - page.first;
    }

    /** The page of a token. */
    private Page page(int token) {
        int low = 0;
        int high = pages.size() - 1;
        while (low < high) {
            int middle = low + high + 1 >>> 1;
            if (pages.get(middle).first <= token) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return pages.get(low);
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
            Page page = page(from + t);
            page.vectors.get(vector(page, from + t, head), 0, values.length, values, 0);
            target.setRow(row + t, values);
        }
    }

    /**
     * Tokens of a head as they are stored.
     *
     * @param head which head
     * @return all tokens
     */
    public List<StoredBlock> blocks(int head) {
        List<StoredBlock> blocks = new ArrayList<>();
        for (int i = 0; i < pages.size(); i++) {
            Page page = pages.get(i);
            int end = i + 1 < pages.size() ? pages.get(i + 1).first : tokens;
            blocks.add(new StoredBlock.Packed(page.vectors, StoredBlock.Direction.TOKENS, head * page.room, 1, 0,
                    end - page.first, Optional.empty(), Optional.empty()));
        }
        return blocks;
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
                Page page = page(t);
                page.vectors.codes(vector(page, t, head), row);
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
                Page page = page(t);
                for (int g = 0; g < groups; g++) {
                    int vector = vector(page, t, head);
                    values.set(minima ? page.vectors.minimum(vector, g) : page.vectors.scale(vector, g), head, t, g);
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
        return pages.stream().mapToLong(page -> page.vectors.bytes()).sum();
    }
}
