package lathe.kivi;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import lathe.spi.kv.PackedVectors;
import lathe.spi.kv.StoredBlock;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Packed keys: for every head, group of tokens and channel a vector, so that attention reads those of a head in one go.
 */
final class PackedKeys {
    private final KiviConfig config;
    private final LayerInfo layer;
    private final Scope scope;
    private final List<Block> blocks = new ArrayList<>();
    private int tokens;

    /** Tokens from one on. */
    private record Block(int first, int groups, int width, PackedVectors vectors) {
        int vector(int group, int head, int channel) {
            return (head * groups + group) * width + channel;
        }

        int tokens() {
            return groups * vectors.length();
        }
    }

    PackedKeys(KiviConfig config, LayerInfo layer, Scope scope) {
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
     * @param keys [kvHeads, n, headDim], n a multiple of the group
     */
    void add(Tensor keys) {
        int count = keys.size(1);
        int group = config.group();
        int groups = count / group;
        float[] channel = new float[group];
        PackedVectors packed = new PackedVectors(
                layer.kvHeads() * groups * layer.headDim(), group, group, config.kBits(), config.scaleDtype(), scope);
        for (int head = 0; head < layer.kvHeads(); head++) {
            float[] rows = keys.row(head).copy().to(DataType.F32).toFloats();
            for (int g = 0; g < groups; g++) {
                for (int c = 0; c < layer.headDim(); c++) {
                    for (int t = 0; t < group; t++) {
                        channel[t] = rows[(g * group + t) * layer.headDim() + c];
                    }
                    packed.put((head * groups + g) * layer.headDim() + c, channel);
                }
            }
        }
        blocks.add(new Block(tokens, groups, layer.headDim(), packed));
        tokens += count;
    }

    /** Decodes tokens [from, from + n) of a head into rows [row, row + n) of the target. */
    void read(int head, int from, int count, Tensor target, int row) {
        int group = config.group();
        for (Block block : blocks) {
            int last = Math.min(from + count, block.first + block.tokens());
            int end;
            for (int t = Math.max(from, block.first); t < last; t = end) {
                int inside = t - block.first;
                end = Math.min(last, t + group - inside % group);
                block.vectors.readColumns(block.vector(inside / group, head, 0), inside % group, end - t, target,
                        row + t - from);
            }
        }
    }

    /** A head's tokens as they are stored. */
    List<StoredBlock> blocks(int head) {
        List<StoredBlock> stored = new ArrayList<>();
        for (Block block : blocks) {
            stored.add(new StoredBlock.Packed(block.vectors, StoredBlock.Direction.CHANNELS, block.vector(0, head, 0),
                    1, 0,
                    block.tokens(), config.group(), layer.headDim(), Optional.empty(), Optional.empty()));
        }
        return stored;
    }

    /** All codes, [kvHeads, n, headDim]. */
    Tensor codes(Scope where) {
        Tensor codes = where.zeros(layer.kvHeads(), tokens, layer.headDim());
        int[] channel = new int[config.group()];
        forEachVector((block, g, head, c) -> {
            block.vectors.codes(block.vector(g, head, c), channel);
            for (int t = 0; t < channel.length; t++) {
                codes.set(channel[t], head, block.first + g * config.group() + t, c);
            }
        });
        return codes;
    }

    /** All scales or minima, [kvHeads, n/G, headDim]. */
    Tensor grids(boolean minima, Scope where) {
        Tensor values = where.zeros(layer.kvHeads(), tokens / config.group(), layer.headDim());
        forEachVector((block, g, head, c) -> {
            int vector = block.vector(g, head, c);
            double value = minima ? block.vectors.minimum(vector, 0) : block.vectors.scale(vector, 0);
            values.set(value, head, block.first / config.group() + g, c);
        });
        return values;
    }

    /** Looks at a vector. */
    private interface Visitor {
        void visit(Block block, int group, int head, int channel);
    }

    private void forEachVector(Visitor visitor) {
        for (Block block : blocks) {
            for (int g = 0; g < block.groups; g++) {
                for (int head = 0; head < layer.kvHeads(); head++) {
                    for (int c = 0; c < layer.headDim(); c++) {
                        visitor.visit(block, g, head, c);
                    }
                }
            }
        }
    }

    long bytes() {
        return blocks.stream().mapToLong(block -> block.vectors.bytes()).sum();
    }
}
