package lathe.spi.kv;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

import lathe.spi.model.LayerInfo;

/** Keeps every token in the element type of its context: what every other store is compared with. */
public final class FullStore implements KvStore {
    private final List<TokenRows> keys = new ArrayList<>();
    private final List<TokenRows> values = new ArrayList<>();
    private int[] positions = new int[0];
    private int count;

    /**
     * An empty cache.
     *
     * @param layer   heads and widths
     * @param context memory and element type
     */
    public FullStore(LayerInfo layer, CacheContext context) {
        for (int head = 0; head < layer.kvHeads(); head++) {
            keys.add(new TokenRows(context.scope(), context.elementType(), layer.headDim()));
            values.add(new TokenRows(context.scope(), context.elementType(), layer.valueDim()));
        }
    }

    @Override
    public KvView view() {
        if (count == 0) {
            return KvView.EMPTY;
        }
        int[] all = Arrays.copyOf(positions, count);
        return new KvView(List.of(new PlainSegment(keys.stream().map(TokenRows::view).toList(),
                values.stream().map(TokenRows::view).toList(), Collections.nCopies(keys.size(), all))));
    }

    @Override
    public void append(KvBlock block, Observed observed) {
        for (int head = 0; head < keys.size(); head++) {
            keys.get(head).append(block.keys().row(head));
            values.get(head).append(block.values().row(head));
        }
        int total = count + block.tokens();
        if (total > positions.length) {
            positions = Arrays.copyOf(positions, Math.max(total, 2 * positions.length));
        }
        System.arraycopy(block.positions(), 0, positions, count, block.tokens());
        count = total;
    }

    /** Keys and values alone: positions follow from the order, so that none need be kept. */
    @Override
    public long bytes() {
        return keys.stream().mapToLong(TokenRows::bytes).sum() + values.stream().mapToLong(TokenRows::bytes).sum();
    }

    @Override
    public void close() {
        keys.forEach(TokenRows::close);
        values.forEach(TokenRows::close);
    }
}
