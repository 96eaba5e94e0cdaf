package lathe.testkit.scene;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

import lathe.spi.attention.AttentionPlan;
import lathe.spi.attention.Phase;
import lathe.spi.backend.AttentionCall;
import lathe.spi.kv.KeyForm;
import lathe.spi.kv.KvBlock;
import lathe.spi.kv.KvSegment;
import lathe.spi.kv.KvStore;
import lathe.spi.kv.KvView;
import lathe.spi.kv.Observed;
import lathe.spi.kv.PlainSegment;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * The cache of one layer through a prompt and steps, with the attention that reads it: what a transformer does. The id of
 * a token is its position.
 */
public final class CacheRun implements AutoCloseable {
    private final Kernels kernels;
    private final Scope scope;
    private final LayerInfo layer;
    private final KvStore store;
    private int position;

    /**
     * A prompt.
     *
     * @param queries [h, n, d]
     * @param plain   the same before rotation, as far as known
     * @param keys    [h_kv, n, d]
     * @param values  [h_kv, n, d]
     * @param raw     whether queries and keys are given before rotation
     */
    public record Prompt(Tensor queries, Tensor plain, Tensor keys, Tensor values, boolean raw) {}

    /**
     * @param kernels rotation and attention
     * @param scope   where outputs live
     * @param layer   heads and widths
     * @param store   an empty cache, closed with this run
     */
    public CacheRun(Kernels kernels, Scope scope, LayerInfo layer, KvStore store) {
        this.kernels = requireNonNull(kernels, "kernels is null");
        this.scope = requireNonNull(scope, "scope is null");
        this.layer = requireNonNull(layer, "layer is null");
        this.store = requireNonNull(store, "store is null");
    }

    /**
     * The layer.
     *
     * @return heads and widths
     */
    public LayerInfo layer() {
        return layer;
    }

    /**
     * The cache.
     *
     * @return the store
     */
    public KvStore store() {
        return store;
    }

    /**
     * Takes the prompt in and ends it.
     *
     * @param prompt the prompt
     * @return its attention [h, n, d]
     */
    public Tensor prompt(Prompt prompt) {
        Tensor output = pass(Phase.PREFILL, prompt.queries(), prompt.plain(), prompt.keys(), prompt.values(),
                prompt.raw());
        store.endPrompt();
        return output;
    }

    /**
     * Takes one token in.
     *
     * @param query [h, d], rotated unless the store wants positions within the cache
     * @param key   [h_kv, d], as the query
     * @param value [h_kv, d]
     * @return its attention [h, d]
     */
    public Tensor step(Tensor query, Tensor key, Tensor value) {
        boolean raw = store.keyForm() == KeyForm.SLOT_POSITIONS;
        Tensor queries = one(query);
        return pass(Phase.DECODE, queries, queries, one(key), one(value), raw).reshape(query.shape().toArray());
    }

    /**
     * Takes tokens in.
     *
     * @param phase   prompt or new tokens
     * @param queries [h, n, d]
     * @param plain   the same before rotation, as far as known
     * @param keys    [h_kv, n, d]
     * @param values  [h_kv, n, d]
     * @param raw     whether queries and keys are given before rotation
     * @return their attention [h, n, d]
     */
    public Tensor pass(Phase phase, Tensor queries, Tensor plain, Tensor keys, Tensor values, boolean raw) {
        int tokens = keys.size(1);
        int[] positions = IntStream.range(position, position + tokens).toArray();
        store.prepare(positions);
        try (Scope local = scope.child()) {
            boolean slots = store.keyForm() == KeyForm.SLOT_POSITIONS;
            KvView stored = slots ? atSlots(store.view(), local) : store.view();
            int next = slots ? most(stored) : 0;
            int[] at = slots ? IntStream.range(next, next + tokens).toArray() : positions;
            Tensor rotatedQueries = raw ? kernels.rotated(queries, at, layer, local) : queries;
            Tensor rotatedKeys = raw ? kernels.rotated(keys, at, layer, local) : keys;
            Tensor output = scope.zeros(layer.heads(), tokens, layer.valueDim());
            Observed observed = kernels.attend(new AttentionCall(layer, rotatedQueries, at, stored, rotatedKeys, values,
                    new AttentionPlan.Dense(), true, 0, store.observes(phase, tokens), output), local);
            store.append(new KvBlock(phase, slots ? keys : rotatedKeys, values, rotatedQueries, plain, positions,
                    positions),
                    observed);
            position += tokens;
            return output;
        }
    }

    /**
     * Positions that are in the cache.
     *
     * @return a row a key/value head
     */
    public List<double[]> kept() {
        List<double[]> rows = new ArrayList<>();
        KvView view = store.view();
        for (int head = 0; head < layer.kvHeads(); head++) {
            rows.add(Arrays.stream(view.positions(head)).asDoubleStream().toArray());
        }
        return rows;
    }

    /**
     * Keys of all heads as the attention reads them.
     *
     * @return [h_kv, m, d]
     */
    public Tensor storedKeys() {
        Tensor all = scope.zeros(layer.kvHeads(), store.view().tokens(0), layer.headDim());
        for (int head = 0; head < layer.kvHeads(); head++) {
            int from = 0;
            for (KvSegment segment : store.view().segments()) {
                int count = segment.tokens(head);
                segment.readKeys(head, 0, all.row(head).slice(0, from, from + count));
                from += count;
            }
        }
        return all;
    }

    /**
     * Values of all heads as the attention reads them.
     *
     * @return [h_kv, m, d]
     */
    public Tensor storedValues() {
        Tensor all = scope.zeros(layer.kvHeads(), store.view().tokens(0), layer.valueDim());
        for (int head = 0; head < layer.kvHeads(); head++) {
            int from = 0;
            for (KvSegment segment : store.view().segments()) {
                int count = segment.tokens(head);
                segment.readValues(head, 0, all.row(head).slice(0, from, from + count));
                from += count;
            }
        }
        return all;
    }

    private Tensor one(Tensor heads) {
        return heads.copy().reshape(heads.size(0), 1, heads.size(1));
    }

    private int most(KvView stored) {
        return IntStream.range(0, layer.kvHeads()).map(stored::tokens).max().orElse(0);
    }

    /**
     * Keys as projected, turned to the positions that they have in the cache. Where heads hold different numbers, all end
     * at the same position.
     */
    private KvView atSlots(KvView stored, Scope local) {
        List<Tensor> keys = new ArrayList<>();
        List<Tensor> values = new ArrayList<>();
        List<int[]> positions = new ArrayList<>();
        int next = most(stored);
        if (next == 0) {
            return KvView.EMPTY;
        }
        for (int head = 0; head < layer.kvHeads(); head++) {
            int tokens = stored.tokens(head);
            Tensor key = local.zeros(tokens, layer.headDim());
            Tensor value = local.zeros(tokens, layer.valueDim());
            int from = 0;
            for (KvSegment segment : stored.segments()) {
                int count = segment.tokens(head);
                segment.readKeys(head, 0, key.slice(0, from, from + count));
                segment.readValues(head, 0, value.slice(0, from, from + count));
                from += count;
            }
            int[] slots = IntStream.range(next - tokens, next).toArray();
            keys.add(kernels.rotated(key.reshape(1, tokens, layer.headDim()), slots, layer, local).row(0));
            values.add(value);
            positions.add(slots);
        }
        return new KvView(List.of(new PlainSegment(keys, values, positions)));
    }

    @Override
    public void close() {
        store.close();
    }
}
