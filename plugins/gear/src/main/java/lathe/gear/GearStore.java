package lathe.gear;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import lathe.gear.CompressedBlock.Side;
import lathe.spi.attention.Phase;
import lathe.spi.kv.CacheContext;
import lathe.spi.kv.ExactTokens;
import lathe.spi.kv.KvBlock;
import lathe.spi.kv.KvSegment;
import lathe.spi.kv.KvStore;
import lathe.spi.kv.KvView;
import lathe.spi.kv.Observed;
import lathe.spi.kv.StoredBlock;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** The cache of one layer: compressed blocks, oldest first, and a buffer of exact tokens (steps 5 and 6). */
final class GearStore implements KvStore {
    private final GearConfig config;
    private final CacheContext context;
    private final Scope scope;
    private final List<CompressedBlock> keys = new ArrayList<>();
    private final List<CompressedBlock> values = new ArrayList<>();
    private final ExactTokens newKeys;
    private final ExactTokens newValues;
    private int[] positions = new int[0];
    private int compressed;
    private long drawn;

    GearStore(GearConfig config, LayerInfo layer, CacheContext context) {
        this.config = config;
        this.context = context;
        this.scope = context.scope().child();
        this.newKeys = new ExactTokens(layer.kvHeads(), layer.headDim(), context.elementType(), scope);
        this.newValues = new ExactTokens(layer.kvHeads(), layer.valueDim(), context.elementType(), scope);
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
        newKeys.add(block.keys());
        newValues.add(block.values());
        if (block.phase() == Phase.DECODE) {
            while (newKeys.tokens() >= config.blockTokens()) {
                compress(config.blockTokens(), config.rank());
            }
            noteState();
        }
    }

    @Override
    public void endPrompt() {
        int whole = newKeys.tokens() / config.blockTokens() * config.blockTokens();
        if (whole > 0) {
            compress(whole, config.prefillRank());
        }
        noteState();
    }

    private void compress(int tokens, int rank) {
        keys.add(compressed(Side.KEYS, newKeys.first(tokens), rank));
        values.add(compressed(Side.VALUES, newValues.first(tokens), rank));
        newKeys.drop(tokens);
        newValues.drop(tokens);
        compressed += tokens;
    }

    private CompressedBlock compressed(Side side, Tensor exact, int rank) {
        try (Scope local = scope.child()) {
            Tensor numbers = local.zeros(exact.shape().toArray()).assign(exact);
            return CompressedBlock.of(config, side, numbers, rank,
                    columns -> uniform(exact.size(0), exact.size(2), columns, local), scope);
        }
    }

    /** Random numbers of [0, 1), the next of the store's stream: [heads, width, rank]. */
    private Tensor uniform(int heads, int width, int rank, Scope local) {
        Tensor numbers = local.zeros(heads, width, rank);
        for (int head = 0; head < heads; head++) {
            for (int channel = 0; channel < width; channel++) {
                for (int k = 0; k < rank; k++) {
                    numbers.set((float) context.random().uniform(drawn++), head, channel, k);
                }
            }
        }
        return numbers;
    }

    private void noteState() {
        context.note("state", () -> scope.of(new int[] {compressed, newKeys.tokens()}, 2));
    }

    @Override
    public long bytes() {
        long blocks = 0;
        for (int i = 0; i < keys.size(); i++) {
            blocks += keys.get(i).bytes() + values.get(i).bytes();
        }
        return blocks + newKeys.bytes() + newValues.bytes();
    }

    @Override
    public void close() {
        scope.close();
    }

    /** All tokens in order: compressed blocks, then the buffer. */
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
            read(keys, newKeys, kvHead, from, target);
        }

        @Override
        public void readValues(int kvHead, int from, Tensor target) {
            read(values, newValues, kvHead, from, target);
        }

        @Override
        public List<StoredBlock> storedKeys(int kvHead) {
            return stored(keys, newKeys, kvHead);
        }

        @Override
        public List<StoredBlock> storedValues(int kvHead) {
            return stored(values, newValues, kvHead);
        }

        private List<StoredBlock> stored(List<CompressedBlock> blocks, ExactTokens exact, int head) {
            List<StoredBlock> stored = new ArrayList<>();
            blocks.forEach(block -> stored.add(block.stored(head)));
            stored.add(exact.block(head));
            return stored;
        }

        private void read(List<CompressedBlock> blocks, ExactTokens exact, int head, int from, Tensor target) {
            int end = from + target.size(0);
            int begin = 0;
            for (CompressedBlock block : blocks) {
                int first = Math.max(from, begin);
                int last = Math.min(end, begin + block.tokens());
                if (first < last) {
                    block.read(head, first - begin, last - first, target, first - from);
                }
                begin += block.tokens();
            }
            int first = Math.max(from, begin);
            if (first < end) {
                target.slice(0, first - from, end - from).assign(exact.of(head, first - begin, end - begin));
            }
        }
    }
}
