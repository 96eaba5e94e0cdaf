package lathe.kivi;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import lathe.spi.kv.PackedVectors;
import lathe.spi.kv.StoredBlock;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Packed keys: for every head a vector a channel over the tokens that were packed together, in groups of tokens. */
final class PackedKeys {
    private final KiviConfig config;
    private final LayerInfo layer;
    private final Scope scope;
    private final List<Block> blocks = new ArrayList<>();
    private int tokens;

    /** Tokens from one on. */
    private record Block(int first, PackedVectors vectors) {
        int tokens() {
            return vectors.length();
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
        float[] channel = new float[count];
        PackedVectors packed = new PackedVectors(
                layer.kvHeads() * layer.headDim(), count, config.group(), config.kBits(), config.scaleDtype(), scope);
        for (int head = 0; head < layer.kvHeads(); head++) {
            for (int c = 0; c < layer.headDim(); c++) {
                for (int t = 0; t < count; t++) {
                    channel[t] = (float) keys.get(head, t, c);
                }
                packed.put(head * layer.headDim() + c, channel);
            }
        }
        blocks.add(new Block(tokens, packed));
        tokens += count;
    }

    /** Decodes tokens [from, from + n) of a head into rows [row, row + n) of the target. */
    void read(int head, int from, int count, Tensor target, int row) {
        for (Block block : blocks) {
            int first = Math.max(from, block.first);
            int last = Math.min(from + count, block.first + block.tokens());
            if (first < last) {
                block.vectors.readColumns(
                        head * layer.headDim(), first - block.first, last - first, target, row + first - from);
            }
        }
    }

    /** A head's tokens as they are stored. */
    List<StoredBlock> blocks(int head) {
        List<StoredBlock> stored = new ArrayList<>();
        for (Block block : blocks) {
            stored.add(new StoredBlock.Packed(block.vectors, StoredBlock.Direction.CHANNELS, head * layer.headDim(), 1,
                    0, block.tokens(), Optional.empty(), Optional.empty()));
        }
        return stored;
    }

    /** All codes, [kvHeads, n, headDim]. */
    Tensor codes(Scope where) {
        Tensor codes = where.zeros(layer.kvHeads(), tokens, layer.headDim());
        forEachVector((block, vector, head, c) -> {
            int[] channel = new int[block.tokens()];
            block.vectors.codes(vector, channel);
            for (int t = 0; t < channel.length; t++) {
                codes.set(channel[t], head, block.first + t, c);
            }
        });
        return codes;
    }

    /** All scales or minima, [kvHeads, n/G, headDim]. */
    Tensor grids(boolean minima, Scope where) {
        Tensor values = where.zeros(layer.kvHeads(), tokens / config.group(), layer.headDim());
        forEachVector((block, vector, head, c) -> {
            for (int g = 0; g < block.tokens() / config.group(); g++) {
                double value = minima ? block.vectors.minimum(vector, g) : block.vectors.scale(vector, g);
                values.set(value, head, block.first / config.group() + g, c);
            }
        });
        return values;
    }

    /** Looks at a vector. */
    private interface Visitor {
        void visit(Block block, int vector, int head, int channel);
    }

    private void forEachVector(Visitor visitor) {
        for (Block block : blocks) {
            for (int head = 0; head < layer.kvHeads(); head++) {
                for (int c = 0; c < layer.headDim(); c++) {
                    visitor.visit(block, head * layer.headDim() + c, head, c);
                }
            }
        }
    }

    long bytes() {
        return blocks.stream().mapToLong(block -> block.vectors.bytes()).sum();
    }
}
