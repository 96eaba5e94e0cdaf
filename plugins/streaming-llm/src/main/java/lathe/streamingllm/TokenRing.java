package lathe.streamingllm;

import java.util.ArrayList;
import java.util.List;

import lathe.spi.kv.CacheContext;
import lathe.spi.kv.KvBlock;
import lathe.spi.kv.KvSegment;
import lathe.spi.kv.KvView;
import lathe.spi.kv.PlainSegment;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Tokens of one layer in a block of memory: the sinks at its start, behind them a ring of the last tokens, so that dropping
 * the oldest moves nothing. The memory grows by doubling until the limit of the cache is reached.
 */
final class TokenRing implements AutoCloseable {
    private static final int SMALLEST = 16;

    private final LayerInfo layer;
    private final CacheContext context;
    private final int sinks;
    private Scope memory;
    private Tensor keys;
    private Tensor values;
    private int[] positions = new int[0];
    private int size;
    private int oldest;

    TokenRing(LayerInfo layer, CacheContext context, int sinks) {
        this.layer = layer;
        this.context = context;
        this.sinks = sinks;
    }

    int size() {
        return size;
    }

    /** Drops tokens behind the sinks, the oldest first; none if the count is not positive. */
    void dropOldest(int count) {
        int dropped = Math.clamp(count, 0, Math.max(0, size - sinks));
        size -= dropped;
        oldest = size <= sinks ? 0 : (oldest + dropped) % (positions.length - sinks);
    }

    /** Takes new tokens in and keeps the sinks and the newest of all, at most limit. */
    void append(KvBlock block, int limit) {
        int surplus = Math.clamp((long) size + block.tokens() - limit, 0, Integer.MAX_VALUE);
        int before = size;
        dropOldest(surplus);
        int skipped = surplus - (before - size);
        int first = Math.clamp(sinks - size, 0, block.tokens());
        reserve(size + block.tokens() - skipped, limit);
        for (int token = 0; token < block.tokens(); token++) {
            if (token < first || token >= first + skipped) {
                push(block, token);
            }
        }
    }

    private void push(KvBlock block, int token) {
        int slot = slot(size);
        for (int head = 0; head < layer.kvHeads(); head++) {
            keys.row(head).row(slot).assign(block.keys().row(head).row(token));
            values.row(head).row(slot).assign(block.values().row(head).row(token));
        }
        positions[slot] = block.positions()[token];
        size++;
    }

    private int slot(int index) {
        return index < sinks ? index : sinks + (oldest + index - sinks) % (positions.length - sinks);
    }

    /** Keeps the sinks and the newest, at most limit, and gives back the memory of the others. */
    void trim(int limit) {
        dropOldest(size - limit);
        if (size < positions.length) {
            resize(size);
        }
    }

    private void reserve(int needed, int limit) {
        if (needed > positions.length) {
            resize(Math.max(needed, (int) Math.min(limit, Math.max(SMALLEST, 2L * positions.length))));
        }
    }

    private void resize(int capacity) {
        Scope larger = context.scope().child();
        Tensor moreKeys = larger.zeros(context.elementType(), layer.kvHeads(), capacity, layer.headDim());
        Tensor moreValues = larger.zeros(context.elementType(), layer.kvHeads(), capacity, layer.valueDim());
        int[] morePositions = new int[capacity];
        for (int index = 0; index < size; index++) {
            int slot = slot(index);
            morePositions[index] = positions[slot];
            for (int head = 0; head < layer.kvHeads(); head++) {
                moreKeys.row(head).row(index).assign(keys.row(head).row(slot));
                moreValues.row(head).row(index).assign(values.row(head).row(slot));
            }
        }
        close();
        memory = larger;
        keys = moreKeys;
        values = moreValues;
        positions = morePositions;
        oldest = 0;
    }

    /** Up to three runs of memory in the order of the slots. */
    KvView view() {
        List<KvSegment> segments = new ArrayList<>();
        if (oldest == 0) {
            add(segments, 0, size);
        } else {
            add(segments, 0, sinks);
            int untilEnd = Math.min(size - sinks, positions.length - sinks - oldest);
            add(segments, sinks + oldest, untilEnd);
            add(segments, sinks, size - sinks - untilEnd);
        }
        return new KvView(segments);
    }

    private void add(List<KvSegment> segments, int from, int count) {
        if (count <= 0) {
            return;
        }
        List<Tensor> someKeys = new ArrayList<>();
        List<Tensor> someValues = new ArrayList<>();
        List<int[]> somePositions = new ArrayList<>();
        int[] run = java.util.Arrays.copyOfRange(positions, from, from + count);
        for (int head = 0; head < layer.kvHeads(); head++) {
            someKeys.add(keys.row(head).slice(0, from, from + count));
            someValues.add(values.row(head).slice(0, from, from + count));
            somePositions.add(run);
        }
        segments.add(new PlainSegment(someKeys, someValues, somePositions));
    }

    /** All memory that was taken, also what is not filled yet. */
    long bytes() {
        return memory == null ? 0 : keys.bytes() + values.bytes() + 4L * positions.length;
    }

    @Override
    public void close() {
        if (memory != null) {
            memory.close();
            memory = null;
        }
    }
}
