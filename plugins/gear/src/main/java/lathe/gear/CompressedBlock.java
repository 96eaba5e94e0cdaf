package lathe.gear;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.function.IntFunction;

import lathe.gear.GearConfig.GroupScope;
import lathe.gear.Layout.Form;
import lathe.spi.kv.PackedVectors;
import lathe.spi.kv.StoredBlock;
import lathe.spi.kv.StoredBlock.Direction;
import lathe.spi.kv.StoredBlock.LowRankRows;
import lathe.spi.kv.StoredBlock.SparseRows;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Keys or values of some tokens as D + S + L.
 *
 * @param layout   what the vectors of the codes are
 * @param packed   D
 * @param outliers S
 * @param lowRank  L
 */
record CompressedBlock(Layout layout, PackedVectors packed, Outliers outliers, LowRank lowRank) {
    /** Which half of the cache. */
    enum Side {
        /** Quantised along tokens. */
        KEYS,
        /** Quantised along channels. */
        VALUES
    }

    /**
     * Compresses (steps 1 to 4).
     *
     * @param side    keys or values
     * @param exact   [heads, tokens, width]
     * @param rank    of the error; cut to what tokens and channels allow
     * @param initial given a rank, where the power iteration begins: [heads, width, rank]
     * @param scope   where the block lives
     */
    static CompressedBlock of(
            GearConfig config, Side side, Tensor exact, int rank, IntFunction<Tensor> initial, Scope scope) {
        int heads = exact.size(0);
        int tokens = exact.size(1);
        int width = exact.size(2);
        float[] block = exact.copy().toFloats();
        float[] error = block.clone();
        Layout whole = new Layout(side == Side.KEYS ? Form.CHANNELS : Form.TOKENS, heads, tokens, width, tokens);
        boolean[] chosen = Outliers.takeFrom(block, whole, config.outliers());
        Layout layout = new Layout(form(config, side, width), heads, tokens, width, config.groupOf(tokens));
        PackedVectors packed = pack(config, layout, block, scope);
        subtract(layout, packed, error);
        Outliers outliers = Outliers.of(error, chosen, whole, config.scaleType(), scope);
        int possible = Math.min(rank, Math.min(tokens, width));
        return new CompressedBlock(layout, packed, outliers, LowRank.of(
                error, tokens, initial.apply(possible), config.loop(), config.scaleType(), scope));
    }

    /** Groups within a head are stored head by head, which attention reads faster; the codes are the same. */
    private static Form form(GearConfig config, Side side, int width) {
        if (side == Side.KEYS) {
            return Form.CHANNELS;
        }
        boolean straddles = config.group() < 0 || width % config.group() != 0;
        return config.vGroupScope() == GroupScope.JOINED && straddles ? Form.TOKENS : Form.HEADS_OF_TOKENS;
    }

    private static PackedVectors pack(GearConfig config, Layout layout, float[] block, Scope scope) {
        PackedVectors packed = new PackedVectors(layout.vectors(), layout.length(), config.groupOf(layout.length()),
                config.bits(), config.scaleType(), scope);
        float[] vector = new float[layout.length()];
        for (int v = 0; v < layout.vectors(); v++) {
            layout.gather(block, v, vector);
            packed.put(v, vector);
        }
        return packed;
    }

    private static void subtract(Layout layout, PackedVectors packed, float[] block) {
        for (int head = 0; head < layout.heads(); head++) {
            float[] rows = decoded(layout, packed, head, 0, layout.tokens());
            int at = head * rows.length;
            for (int i = 0; i < rows.length; i++) {
                block[at + i] -= rows[i];
            }
        }
    }

    int tokens() {
        return layout.tokens();
    }

    /** Decodes tokens [from, from + count) of a head into rows [row, row + count) of the target. */
    void read(int head, int from, int count, Tensor target, int row) {
        float[] rows = rows(head, from, count);
        MemorySegment.copy(rows, 0, target.segment(), ValueLayout.JAVA_FLOAT,
                (long) row * layout.width() * Float.BYTES, rows.length);
    }

    private float[] rows(int head, int from, int count) {
        float[] rows = decoded(layout, packed, head, from, count);
        outliers.forEach(head, from, count, (token, c, value) -> rows[(token - from) * layout.width() + c] += value);
        lowRank.addTo(head, from, count, rows);
        return rows;
    }

    /** Tokens [from, from + count) of a head's D, [count, width]. */
    private static float[] decoded(Layout layout, PackedVectors packed, int head, int from, int count) {
        int width = layout.width();
        float[] rows = new float[count * width];
        if (layout.form() == Form.CHANNELS) {
            int piece = layout.piece();
            int end;
            for (int t = from; t < from + count; t = end) {
                end = Math.min(from + count, (t / piece + 1) * piece);
                float[] some = new float[(end - t) * width];
                packed.readColumns(layout.channel(head, t / piece, 0), width, t % piece, end - t, some);
                System.arraycopy(some, 0, rows, (t - from) * width, some.length);
            }
            return rows;
        }
        boolean joined = layout.form() == Form.TOKENS;
        for (int t = 0; t < count; t++) {
            int vector = joined ? from + t : head * layout.tokens() + from + t;
            packed.get(vector, joined ? head * width : 0, width, rows, t * width);
        }
        return rows;
    }

    /** A head's tokens as they are stored. */
    StoredBlock stored(int head) {
        int width = layout.width();
        Optional<SparseRows> exact = outliers.stored(head);
        Optional<LowRankRows> added = lowRank.stored(head);
        int tokens = layout.tokens();
        return switch (layout.form()) {
            case CHANNELS -> new StoredBlock.Packed(packed, Direction.CHANNELS, layout.channel(head, 0, 0), 1, 0,
                    tokens, layout.piece(), width, exact, added);
            case TOKENS -> new StoredBlock.Packed(packed, Direction.TOKENS, 0, 1, head * width, tokens, exact, added);
            case HEADS_OF_TOKENS -> new StoredBlock.Packed(packed, Direction.TOKENS, head * tokens, 1, 0, tokens, exact,
                    added);
        };
    }

    /** All of it, [heads, tokens, width]. */
    Tensor dense(Scope scope) {
        Tensor all = scope.zeros(layout.heads(), layout.tokens(), layout.width());
        for (int head = 0; head < layout.heads(); head++) {
            read(head, 0, layout.tokens(), all.row(head), 0);
        }
        return all;
    }

    long bytes() {
        return packed.bytes() + outliers.bytes() + lowRank.bytes();
    }
}
