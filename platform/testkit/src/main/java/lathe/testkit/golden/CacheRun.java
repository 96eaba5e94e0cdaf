package lathe.testkit.golden;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
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
import lathe.spi.model.Rotary;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** The cache of one layer through a prompt and steps, with the attention that reads it: what a transformer does. */
final class CacheRun implements AutoCloseable {
    private static final double THETA = 10000;

    private final Workbench bench;
    private final LayerInfo layer;
    private final KvStore store;
    private final Supplier<List<double[]>> sums;
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
    record Prompt(Tensor queries, Tensor plain, Tensor keys, Tensor values, boolean raw) {}

    CacheRun(Workbench bench, LayerInfo layer, KvStore store, Supplier<List<double[]>> sums) {
        this.bench = bench;
        this.layer = layer;
        this.store = store;
        this.sums = sums;
    }

    static LayerInfo layer(GoldenCase golden, Prompt prompt) {
        int dim = prompt.keys().size(2);
        return new LayerInfo(
                golden.whole("layer").orElse(0),
                golden.whole("layers").orElse(1),
                prompt.queries().size(0),
                prompt.keys().size(0),
                dim,
                prompt.values().size(2),
                1 / Math.sqrt(dim),
                Optional.empty(),
                Optional.of(Rotary.plain(golden.number("rope_theta").orElse(THETA), dim)));
    }

    LayerInfo layer() {
        return layer;
    }

    /** Takes the prompt in; returns its attention [h, n, d]. */
    Tensor prompt(Prompt prompt) {
        Tensor output = pass(Phase.PREFILL, prompt.queries(), prompt.plain(), prompt.keys(), prompt.values(),
                prompt.raw());
        store.endPrompt();
        return output;
    }

    /** Takes one token in; returns its attention [h, d]. */
    Tensor step(Tensor query, Tensor key, Tensor value) {
        boolean raw = store.keyForm() == KeyForm.SLOT_POSITIONS;
        Tensor queries = one(query);
        return pass(Phase.DECODE, queries, queries, one(key), one(value), raw).reshape(query.shape().toArray());
    }

    /** Takes tokens in; returns their attention [h, n, d]. */
    Tensor pass(Phase phase, Tensor queries, Tensor plain, Tensor keys, Tensor values, boolean raw) {
        int tokens = keys.size(1);
        int[] positions = IntStream.range(position, position + tokens).toArray();
        store.prepare(tokens);
        try (Scope local = bench.scope().child()) {
            boolean slots = store.keyForm() == KeyForm.SLOT_POSITIONS;
            KvView stored = slots ? atSlots(store.view(), local) : store.view();
            int[] at = slots ? IntStream.range(stored.tokens(0), stored.tokens(0) + tokens).toArray() : positions;
            Tensor rotatedQueries = raw ? bench.rotated(queries, at, layer) : queries;
            Tensor rotatedKeys = raw ? bench.rotated(keys, at, layer) : keys;
            Tensor output = bench.scope().zeros(layer.heads(), tokens, layer.valueDim());
            Observed observed = bench.attend(new AttentionCall(layer, rotatedQueries, at, stored, rotatedKeys, values,
                    new AttentionPlan.Dense(), true, 0, store.observes(phase, tokens), output), local);
            store.append(new KvBlock(phase, slots ? keys : rotatedKeys, values, rotatedQueries, plain, positions),
                    observed);
            position += tokens;
            return output;
        }
    }

    /** Positions that are in the cache, a row a key/value head. */
    List<double[]> kept() {
        List<double[]> rows = new ArrayList<>();
        KvView view = store.view();
        for (int head = 0; head < layer.kvHeads(); head++) {
            rows.add(Arrays.stream(view.positions(head)).asDoubleStream().toArray());
        }
        return rows;
    }

    /** Attention sums of what is in the cache, if the method has any. */
    List<double[]> accumulated() {
        return sums.get();
    }

    /** Keys of all heads as the attention reads them [h_kv, m, d]. */
    Tensor storedKeys() {
        Tensor all = bench.scope().zeros(layer.kvHeads(), store.view().tokens(0), layer.headDim());
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

    /** Values of all heads as the attention reads them [h_kv, m, d]. */
    Tensor storedValues() {
        Tensor all = bench.scope().zeros(layer.kvHeads(), store.view().tokens(0), layer.valueDim());
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

    /** Keys as projected, turned to the positions that they have in the cache. */
    private KvView atSlots(KvView stored, Scope scope) {
        List<Tensor> keys = new ArrayList<>();
        List<Tensor> values = new ArrayList<>();
        List<int[]> positions = new ArrayList<>();
        for (int head = 0; head < layer.kvHeads(); head++) {
            int tokens = stored.tokens(head);
            if (tokens == 0) {
                return KvView.EMPTY;
            }
            Tensor key = scope.zeros(tokens, layer.headDim());
            Tensor value = scope.zeros(tokens, layer.valueDim());
            int from = 0;
            for (KvSegment segment : stored.segments()) {
                int count = segment.tokens(head);
                segment.readKeys(head, 0, key.slice(0, from, from + count));
                segment.readValues(head, 0, value.slice(0, from, from + count));
                from += count;
            }
            int[] slots = IntStream.range(0, tokens).toArray();
            keys.add(bench.rotated(key.reshape(1, tokens, layer.headDim()), slots, layer).row(0));
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
