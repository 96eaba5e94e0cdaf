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
import lathe.spi.kv.StoredBlock.ReplacedNumbers;
import lathe.spi.numeric.LinearAlgebra;
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
            GearConfig config, Side side, Tensor exact, int rank, IntFunction<Tensor> initial, LinearAlgebra algebra,
            Scope scope) {
        int heads = exact.size(0);
        int tokens = exact.size(1);
        int width = exact.size(2);
        float[] block = exact.copy().toFloats();
        Layout filtered = new Layout(side == Side.KEYS ? Form.CHANNELS : Form.TOKENS, heads, tokens, width);
        Outliers outliers = Outliers.takeFrom(block, filtered, config.outliers(), config.scaleType(), scope);
        Layout layout = new Layout(form(config, side), heads, tokens, width);
        PackedVectors packed = pack(config, layout, block, scope);
        int possible = Math.min(rank, Math.min(tokens, width));
        try (Scope local = scope.child()) {
            LowRank none = new LowRank(local.zeros(heads, 0, tokens), local.zeros(heads, 0, width));
            Tensor error = exact.in(local).subtract(new CompressedBlock(layout, packed, outliers, none).dense(local));
            return new CompressedBlock(layout, packed, outliers, LowRank.of(
                    error, initial.apply(possible), config.loop(), algebra, config.scaleType(), scope));
        }
    }

    private static Form form(GearConfig config, Side side) {
        if (side == Side.KEYS) {
            return Form.CHANNELS;
        }
        return config.vGroupScope() == GroupScope.JOINED ? Form.TOKENS : Form.HEADS_OF_TOKENS;
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

    int tokens() {
        return layout.tokens();
    }

    /** Decodes tokens [from, from + count) of a head into rows [row, row + count) of the target. */
    void read(int head, int from, int count, Tensor target, int row) {
        int width = layout.width();
        float[] rows = new float[count * width];
        if (layout.form() == Form.CHANNELS) {
            packed.readColumns(head * width, width, from, count, rows);
        } else {
            readTokens(head, from, count, rows);
        }
        outliers.overwrite(head, from, count, rows);
        lowRank.addTo(head, from, count, rows);
        MemorySegment.copy(
                rows, 0, target.segment(), ValueLayout.JAVA_FLOAT, (long) row * width * Float.BYTES, rows.length);
    }

    private void readTokens(int head, int from, int count, float[] rows) {
        boolean joined = layout.form() == Form.TOKENS;
        int width = layout.width();
        for (int t = 0; t < count; t++) {
            int vector = joined ? from + t : (from + t) * layout.heads() + head;
            packed.get(vector, joined ? head * width : 0, width, rows, t * width);
        }
    }

    /** A head's tokens as they are stored. */
    StoredBlock stored(int head) {
        int width = layout.width();
        Optional<ReplacedNumbers> exact = outliers.stored(head);
        Optional<LowRankRows> added = lowRank.stored(head);
        return switch (layout.form()) {
            case CHANNELS -> new StoredBlock.Packed(packed, Direction.CHANNELS, head * width, 1, 0, layout.tokens(),
                    exact, added);
            case TOKENS -> new StoredBlock.Packed(packed, Direction.TOKENS, 0, 1, head * width, layout.tokens(), exact,
                    added);
            case HEADS_OF_TOKENS -> new StoredBlock.Packed(packed, Direction.TOKENS, head, layout.heads(), 0,
                    layout.tokens(), exact, added);
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
