package lathe.kivi;

import java.util.ArrayList;
import java.util.List;

import lathe.spi.kv.PackedVectors;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Packed values: for every token and head a vector over the channels. Memory grows by pages of tokens. */
final class PackedValues {
    private static final int PAGE = 32;

    private final KiviConfig config;
    private final LayerInfo layer;
    private final Scope scope;
    private final List<PackedVectors> pages = new ArrayList<>();
    private int tokens;

    PackedValues(KiviConfig config, LayerInfo layer, Scope scope) {
        this.config = config;
        this.layer = layer;
        this.scope = scope;
    }

    int tokens() {
        return tokens;
    }

    /**
     * Packs tokens.
     *
     * @param values [kvHeads, n, valueDim]
     */
    void add(Tensor values) {
        float[] row = new float[layer.valueDim()];
        for (int t = 0; t < values.size(1); t++) {
            if (tokens % PAGE == 0) {
                pages.add(new PackedVectors(
                        PAGE * layer.kvHeads(),
                        layer.valueDim(),
                        config.group(),
                        config.vBits(),
                        config.scaleDtype(),
                        scope));
            }
            for (int head = 0; head < layer.kvHeads(); head++) {
                values.row(head).copyRow(t, row);
                pages.getLast().put(vector(tokens, head), row);
            }
            tokens++;
        }
    }

    private int vector(int token, int head) {
        return token % PAGE * layer.kvHeads() + head;
    }

    /** Decodes tokens [from, from + n) of a head into rows [row, row + n) of the target. */
    void read(int head, int from, int count, Tensor target, int row) {
        float[] values = new float[layer.valueDim()];
        for (int t = 0; t < count; t++) {
            pages.get((from + t) / PAGE).get(vector(from + t, head), 0, values.length, values, 0);
            target.setRow(row + t, values);
        }
    }

    /** All codes, [kvHeads, n, valueDim]. */
    Tensor codes(Scope where) {
        Tensor codes = where.zeros(layer.kvHeads(), tokens, layer.valueDim());
        int[] row = new int[layer.valueDim()];
        for (int head = 0; head < layer.kvHeads(); head++) {
            for (int t = 0; t < tokens; t++) {
                pages.get(t / PAGE).codes(vector(t, head), row);
                for (int c = 0; c < row.length; c++) {
                    codes.set(row[c], head, t, c);
                }
            }
        }
        return codes;
    }

    /** All scales or minima, [kvHeads, n, valueDim/G]. */
    Tensor grids(boolean minima, Scope where) {
        int groups = layer.valueDim() / config.group();
        Tensor values = where.zeros(layer.kvHeads(), tokens, groups);
        for (int head = 0; head < layer.kvHeads(); head++) {
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

    long bytes() {
        return pages.stream().mapToLong(PackedVectors::bytes).sum();
    }
}
