package lathe.kivi;

import java.util.ArrayList;
import java.util.List;

import lathe.spi.kv.PackedVectors;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Packed keys: for every group of tokens and every head, a vector a channel. */
final class PackedKeys {
    private final KiviConfig config;
    private final LayerInfo layer;
    private final Scope scope;
    private final List<PackedVectors> groups = new ArrayList<>();

    PackedKeys(KiviConfig config, LayerInfo layer, Scope scope) {
        this.config = config;
        this.layer = layer;
        this.scope = scope;
    }

    int tokens() {
        return groups.size() * config.group();
    }

    /**
     * Packs tokens.
     *
     * @param keys [kvHeads, n, headDim], n a multiple of the group
     */
    void add(Tensor keys) {
        int size = config.group();
        float[] channel = new float[size];
        for (int from = 0; from < keys.size(1); from += size) {
            PackedVectors packed = new PackedVectors(
                    layer.kvHeads() * layer.headDim(), size, size, config.kBits(), config.scaleDtype(), scope);
            for (int head = 0; head < layer.kvHeads(); head++) {
                for (int c = 0; c < layer.headDim(); c++) {
                    for (int t = 0; t < size; t++) {
                        channel[t] = (float) keys.get(head, from + t, c);
                    }
                    packed.put(head * layer.headDim() + c, channel);
                }
            }
            groups.add(packed);
        }
    }

    /** Decodes tokens [from, from + n) of a head into rows [row, row + n) of the target. */
    void read(int head, int from, int count, Tensor target, int row) {
        int at = from;
        while (at < from + count) {
            int inGroup = at % config.group();
            int some = Math.min(config.group() - inGroup, from + count - at);
            groups.get(at / config.group())
                    .readColumns(head * layer.headDim(), inGroup, some, target, row + at - from);
            at += some;
        }
    }

    /** All codes, [kvHeads, n, headDim]. */
    Tensor codes(Scope where) {
        Tensor codes = where.zeros(layer.kvHeads(), tokens(), layer.headDim());
        int[] channel = new int[config.group()];
        for (int g = 0; g < groups.size(); g++) {
            for (int head = 0; head < layer.kvHeads(); head++) {
                for (int c = 0; c < layer.headDim(); c++) {
                    groups.get(g).codes(head * layer.headDim() + c, channel);
                    for (int t = 0; t < channel.length; t++) {
                        codes.set(channel[t], head, g * config.group() + t, c);
                    }
                }
            }
        }
        return codes;
    }

    /** All scales or minima, [kvHeads, n/G, headDim]. */
    Tensor grids(boolean minima, Scope where) {
        Tensor values = where.zeros(layer.kvHeads(), groups.size(), layer.headDim());
        for (int g = 0; g < groups.size(); g++) {
            for (int head = 0; head < layer.kvHeads(); head++) {
                for (int c = 0; c < layer.headDim(); c++) {
                    int vector = head * layer.headDim() + c;
                    PackedVectors packed = groups.get(g);
                    values.set(minima ? packed.minimum(vector, 0) : packed.scale(vector, 0), head, g, c);
                }
            }
        }
        return values;
    }

    long bytes() {
        return groups.stream().mapToLong(PackedVectors::bytes).sum();
    }
}
