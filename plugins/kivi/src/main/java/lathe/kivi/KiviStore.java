package lathe.kivi;

import java.util.Arrays;
import java.util.List;

import lathe.spi.kv.CacheContext;
import lathe.spi.kv.ExactTokens;
import lathe.spi.kv.KvBlock;
import lathe.spi.kv.KvSegment;
import lathe.spi.kv.KvStore;
import lathe.spi.kv.KvView;
import lathe.spi.kv.Observed;
import lathe.spi.kv.PackedTokens;
import lathe.spi.kv.StoredBlock;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * The cache of one layer. Packed keys and packed values end at different tokens: keys are packed when the residual is full,
 * values one by one as they leave the window.
 */
final class KiviStore implements KvStore {
    private final KiviConfig config;
    private final CacheContext context;
    private final Scope scope;
    private final PackedKeys packedKeys;
    private final PackedTokens packedValues;
    private final ExactTokens keys;
    private final ExactTokens values;
    private int[] positions = new int[0];

    KiviStore(KiviConfig config, LayerInfo layer, CacheContext context) {
        this.config = config;
        this.context = context;
        this.scope = context.scope().child();
        this.packedKeys = new PackedKeys(config, layer, scope);
        this.packedValues = new PackedTokens(layer.kvHeads(), layer.valueDim(), config.group(), config.vBits(),
                config.scaleDtype(), scope);
        this.keys = new ExactTokens(layer.kvHeads(), layer.headDim(), context.elementType(), scope);
        this.values = new ExactTokens(layer.kvHeads(), layer.valueDim(), context.elementType(), scope);
    }

    @Override
    public KvView view() {
        return positions.length == 0 ? KvView.EMPTY : new KvView(List.of(new Segment()));
    }

    @Override
    public void append(KvBlock block, Observed observed) {
        int before = positions.length;
        positions = Arrays.copyOf(positions, before + block.tokens());
        System.arraycopy(block.positions(), 0, positions, before, block.tokens());
        keys.add(block.keys());
        values.add(block.values());
        packKeys();
        packValues();
        noteState();
    }

    private void packKeys() {
        int full = keys.tokens() / config.keyBlock() * config.keyBlock();
        if (full > 0) {
            packedKeys.add(keys.first(full));
            keys.drop(full);
        }
    }

    private void packValues() {
        int leaving = values.tokens() - config.residual();
        if (leaving > 0) {
            packedValues.add(values.first(leaving));
            values.drop(leaving);
        }
    }

    private void noteState() {
        context.note("state", () -> scope.of(
                new int[] {packedKeys.tokens(), keys.tokens(), packedValues.tokens(), values.tokens()}, 4));
        context.note("k_codes", () -> packedKeys.codes(scope));
        context.note("k_scale", () -> packedKeys.grids(false, scope));
        context.note("k_min", () -> packedKeys.grids(true, scope));
        context.note("v_codes", () -> packedValues.codes(scope));
        context.note("v_scale", () -> packedValues.grids(false, scope));
        context.note("v_min", () -> packedValues.grids(true, scope));
    }

    @Override
    public long bytes() {
        return packedKeys.bytes() + packedValues.bytes() + keys.bytes() + values.bytes();
    }

    @Override
    public void close() {
        scope.close();
    }

    /** All tokens in order: packed ones, then the rest. */
    private final class Segment implements KvSegment {
        @Override
        public int tokens(int kvHead) {
            return positions.length;
        }

        @Override
        public int[] positions(int kvHead) {
            return positions;
        }

        @Override
        public void readKeys(int kvHead, int from, Tensor target) {
            int count = target.size(0);
            int packed = Math.clamp(packedKeys.tokens() - from, 0, count);
            packedKeys.read(kvHead, from, packed, target, 0);
            copyExact(keys, kvHead, from + packed - packedKeys.tokens(), target, packed);
        }

        @Override
        public void readValues(int kvHead, int from, Tensor target) {
            int count = target.size(0);
            int packed = Math.clamp(packedValues.tokens() - from, 0, count);
            packedValues.read(kvHead, from, packed, target, 0);
            copyExact(values, kvHead, from + packed - packedValues.tokens(), target, packed);
        }

        @Override
        public List<StoredBlock> storedKeys(int kvHead) {
            List<StoredBlock> blocks = packedKeys.blocks(kvHead);
            blocks.add(keys.block(kvHead));
            return blocks;
        }

        @Override
        public List<StoredBlock> storedValues(int kvHead) {
            List<StoredBlock> blocks = packedValues.blocks(kvHead);
            blocks.add(values.block(kvHead));
            return blocks;
        }

        private void copyExact(ExactTokens source, int head, int from, Tensor target, int row) {
            int count = target.size(0) - row;
            if (count > 0) {
                target.slice(0, row, row + count).assign(source.of(head, from, from + count));
            }
        }
    }
}
