package lathe.quantizedcache;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

import lathe.spi.kv.CacheContext;
import lathe.spi.kv.ExactTokens;
import lathe.spi.kv.KvBlock;
import lathe.spi.kv.KvSegment;
import lathe.spi.kv.KvStore;
import lathe.spi.kv.KvView;
import lathe.spi.kv.Observed;
import lathe.spi.kv.PackedTokens;
import lathe.spi.kv.PlainSegment;
import lathe.spi.kv.StoredBlock;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** The cache of one layer: packed tokens, then the newest as they are. */
final class QuantizedStore implements KvStore {
    private final int residual;
    private final int heads;
    private final Scope scope;
    private final PackedTokens packedKeys;
    private final PackedTokens packedValues;
    private final ExactTokens newestKeys;
    private final ExactTokens newestValues;
    private int[] positions = new int[0];

    QuantizedStore(QuantizedCacheConfig config, LayerInfo layer, CacheContext context) {
        this.residual = config.residual();
        this.heads = layer.kvHeads();
        this.scope = context.scope().child();
        this.packedKeys = packed(config, layer.headDim());
        this.packedValues = packed(config, layer.valueDim());
        this.newestKeys = new ExactTokens(heads, layer.headDim(), context.elementType(), scope);
        this.newestValues = new ExactTokens(heads, layer.valueDim(), context.elementType(), scope);
    }

    private PackedTokens packed(QuantizedCacheConfig config, int width) {
        return new PackedTokens(heads, width, config.group().orElse(width), config.bits(), config.scaleType(), scope);
    }

    @Override
    public KvView view() {
        List<KvSegment> segments = new ArrayList<>();
        if (packedKeys.tokens() > 0) {
            segments.add(new Packed(Arrays.copyOf(positions, packedKeys.tokens())));
        }
        if (newestKeys.tokens() > 0) {
            segments.add(newest());
        }
        return new KvView(segments);
    }

    private PlainSegment newest() {
        List<Tensor> keys = new ArrayList<>();
        List<Tensor> values = new ArrayList<>();
        for (int head = 0; head < heads; head++) {
            keys.add(newestKeys.of(head, 0, newestKeys.tokens()));
            values.add(newestValues.of(head, 0, newestValues.tokens()));
        }
        int[] at = Arrays.copyOfRange(positions, packedKeys.tokens(), positions.length);
        return new PlainSegment(keys, values, Collections.nCopies(heads, at));
    }

    @Override
    public void append(KvBlock block, Observed observed) {
        int before = positions.length;
        positions = Arrays.copyOf(positions, before + block.tokens());
        System.arraycopy(block.positions(), 0, positions, before, block.tokens());
        if (residual == 0) {
            // Nothing waits: no copy of a whole prompt is made on the way.
            packedKeys.add(block.keys());
            packedValues.add(block.values());
            return;
        }
        newestKeys.add(block.keys());
        newestValues.add(block.values());
        int leaving = newestKeys.tokens() - residual;
        if (leaving > 0) {
            packedKeys.add(newestKeys.first(leaving));
            packedValues.add(newestValues.first(leaving));
            newestKeys.drop(leaving);
            newestValues.drop(leaving);
        }
    }

    /** Codes, scales, minima and exact tokens; positions follow from the order. */
    @Override
    public long bytes() {
        return packedKeys.bytes() + packedValues.bytes() + newestKeys.bytes() + newestValues.bytes();
    }

    @Override
    public void close() {
        scope.close();
    }

    /** Tokens in few bits. */
    private final class Packed implements KvSegment {
        private final int[] at;

        Packed(int[] at) {
            this.at = at;
        }

        @Override
        public int tokens(int kvHead) {
            return at.length;
        }

        @Override
        public int[] positions(int kvHead) {
            return at;
        }

        @Override
        public void readKeys(int kvHead, int from, Tensor target) {
            packedKeys.read(kvHead, from, target.size(0), target, 0);
        }

        @Override
        public void readValues(int kvHead, int from, Tensor target) {
            packedValues.read(kvHead, from, target.size(0), target, 0);
        }

        @Override
        public List<StoredBlock> storedKeys(int kvHead) {
            return packedKeys.blocks(kvHead);
        }

        @Override
        public List<StoredBlock> storedValues(int kvHead) {
            return packedValues.blocks(kvHead);
        }
    }
}
