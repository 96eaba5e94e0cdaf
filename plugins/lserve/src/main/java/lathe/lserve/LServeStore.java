package lathe.lserve;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

import lathe.spi.attention.Phase;
import lathe.spi.kv.CacheContext;
import lathe.spi.kv.KvBlock;
import lathe.spi.kv.KvSegment;
import lathe.spi.kv.KvStore;
import lathe.spi.kv.KvView;
import lathe.spi.kv.Observed;
import lathe.spi.kv.PackedTokens;
import lathe.spi.kv.PlainSegment;
import lathe.spi.kv.StoredBlock;
import lathe.spi.kv.TokenRows;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** The cache of one layer. A prompt is cut when it is complete: its own queries read by the windows of the attention. */
final class LServeStore implements KvStore {
    private final LServeCacheConfig config;
    private final Scope scope;
    private final List<Head> heads = new ArrayList<>();

    LServeStore(LServeCacheConfig config, HeadLabels labels, LayerInfo layer, CacheContext context) {
        this.config = config;
        this.scope = context.scope().child();
        for (int head = 0; head < layer.kvHeads(); head++) {
            boolean packs = config.bits().isPresent() && labels.isRetrieval(layer, head);
            heads.add(packs
                    ? new PackedHead(layer, config.bits().get(), scope)
                    : new PlainHead(layer, context.elementType(), !labels.isRetrieval(layer, head), scope));
        }
    }

    @Override
    public KvView view() {
        if (heads.stream().allMatch(PlainHead.class::isInstance)) {
            List<PlainHead> plain = heads.stream().map(PlainHead.class::cast).toList();
            return new KvView(List.of(new PlainSegment(
                    plain.stream().map(head -> head.keys.view()).toList(),
                    plain.stream().map(head -> head.values.view()).toList(),
                    plain.stream().map(Head::positions).toList())));
        }
        return new KvView(List.of(new Segment()));
    }

    @Override
    public void append(KvBlock block, Observed observed) {
        for (int head = 0; head < heads.size(); head++) {
            heads.get(head).add(block.keys().row(head), block.values().row(head), block.positions());
        }
        if (block.phase() == Phase.DECODE) {
            heads.forEach(head -> head.cut(config));
        }
    }

    @Override
    public void endPrompt() {
        heads.forEach(head -> head.cut(config));
    }

    @Override
    public long bytes() {
        return heads.stream().mapToLong(Head::bytes).sum();
    }

    @Override
    public void close() {
        scope.close();
    }

    /** Tokens of one head. */
    private abstract static class Head {
        private int[] positions = new int[0];

        abstract void store(Tensor newKeys, Tensor newValues);

        abstract void readKeys(int from, Tensor target);

        abstract void readValues(int from, Tensor target);

        abstract List<StoredBlock> storedKeys();

        abstract List<StoredBlock> storedValues();

        abstract long bytes();

        void cut(LServeCacheConfig config) {
            // Heads that read everything keep everything.
        }

        void add(Tensor newKeys, Tensor newValues, int[] newPositions) {
            int before = positions.length;
            positions = Arrays.copyOf(positions, before + newPositions.length);
            System.arraycopy(newPositions, 0, positions, before, newPositions.length);
            store(newKeys, newValues);
        }

        void keep(int[] slots) {
            int[] old = positions;
            positions = Arrays.stream(slots).map(slot -> old[slot]).toArray();
        }

        int[] positions() {
            return positions;
        }
    }

    /** Numbers as they are. */
    private static final class PlainHead extends Head {
        private final TokenRows keys;
        private final TokenRows values;
        private final boolean streams;

        PlainHead(LayerInfo layer, DataType type, boolean streams, Scope scope) {
            this.keys = new TokenRows(scope, type, layer.headDim());
            this.values = new TokenRows(scope, type, layer.valueDim());
            this.streams = streams;
        }

        @Override
        void store(Tensor newKeys, Tensor newValues) {
            keys.append(newKeys);
            values.append(newValues);
        }

        /** The next query reads itself and what stays. */
        @Override
        void cut(LServeCacheConfig config) {
            int tokens = positions().length;
            int last = config.decLocal() - 1;
            if (streams && tokens > config.decSink() + last) {
                int[] slots = IntStream.range(0, tokens)
                        .filter(slot -> slot < config.decSink() || slot >= tokens - last).toArray();
                keys.keep(slots);
                values.keep(slots);
                keep(slots);
            }
        }

        @Override
        void readKeys(int from, Tensor target) {
            target.assign(keys.view().slice(0, from, from + target.size(0)));
        }

        @Override
        void readValues(int from, Tensor target) {
            target.assign(values.view().slice(0, from, from + target.size(0)));
        }

        @Override
        List<StoredBlock> storedKeys() {
            return List.of(new StoredBlock.Exact(keys.view()));
        }

        @Override
        List<StoredBlock> storedValues() {
            return List.of(new StoredBlock.Exact(values.view()));
        }

        @Override
        long bytes() {
            return keys.bytes() + values.bytes();
        }
    }

    /** Numbers of few bits. */
    private static final class PackedHead extends Head {
        private final PackedTokens keys;
        private final PackedTokens values;

        PackedHead(LayerInfo layer, int bits, Scope scope) {
            this.keys = new PackedTokens(1, layer.headDim(), layer.headDim(), bits, DataType.F16, scope);
            this.values = new PackedTokens(1, layer.valueDim(), layer.valueDim(), bits, DataType.F16, scope);
        }

        @Override
        void store(Tensor newKeys, Tensor newValues) {
            keys.add(newKeys.copy().reshape(1, newKeys.size(0), newKeys.size(1)));
            values.add(newValues.copy().reshape(1, newValues.size(0), newValues.size(1)));
        }

        @Override
        void readKeys(int from, Tensor target) {
            keys.read(0, from, target.size(0), target, 0);
        }

        @Override
        void readValues(int from, Tensor target) {
            values.read(0, from, target.size(0), target, 0);
        }

        @Override
        List<StoredBlock> storedKeys() {
            return keys.blocks(0);
        }

        @Override
        List<StoredBlock> storedValues() {
            return values.blocks(0);
        }

        @Override
        long bytes() {
            return keys.bytes() + values.bytes();
        }
    }

    /** Heads of both sorts together. */
    private final class Segment implements KvSegment {
        @Override
        public int tokens(int kvHead) {
            return heads.get(kvHead).positions().length;
        }

        @Override
        public int[] positions(int kvHead) {
            return heads.get(kvHead).positions();
        }

        @Override
        public void readKeys(int kvHead, int from, Tensor target) {
            heads.get(kvHead).readKeys(from, target);
        }

        @Override
        public void readValues(int kvHead, int from, Tensor target) {
            heads.get(kvHead).readValues(from, target);
        }

        @Override
        public List<StoredBlock> storedKeys(int kvHead) {
            return heads.get(kvHead).storedKeys();
        }

        @Override
        public List<StoredBlock> storedValues(int kvHead) {
            return heads.get(kvHead).storedValues();
        }
    }
}
