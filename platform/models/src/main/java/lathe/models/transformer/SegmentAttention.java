package lathe.models.transformer;

import java.util.Optional;
import java.util.stream.IntStream;

import lathe.spi.LatheException;
import lathe.spi.attention.AttentionPattern;
import lathe.spi.attention.AttentionPlan;
import lathe.spi.backend.AttentionCall;
import lathe.spi.backend.AttentionResult;
import lathe.spi.backend.Compute;
import lathe.spi.kv.KeyForm;
import lathe.spi.kv.KvBlock;
import lathe.spi.kv.KvStore;
import lathe.spi.kv.KvView;
import lathe.spi.kv.Observation;
import lathe.spi.kv.Observed;
import lathe.spi.model.LayerInfo;
import lathe.spi.model.ModelInfo;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Attention of one block for one sequence: the store makes room, the pattern plans, the kernel attends to stored and new
 * keys, the store takes the new ones in.
 */
final class SegmentAttention {
    private static final AttentionPlan DENSE = new AttentionPlan.Dense();

    private final Compute compute;
    private final ModelInfo model;
    private final LayerInfo layer;
    private final double softcap;
    private final Segment segment;
    private final int sequence;
    private final ForwardListener listener;
    private final Workspace work;

    SegmentAttention(Compute compute, ModelInfo model, LayerInfo layer, double softcap, Segment segment, int sequence,
            ForwardListener listener, Workspace work) {
        this.compute = compute;
        this.model = model;
        this.layer = layer;
        this.softcap = softcap;
        this.segment = segment;
        this.sequence = sequence;
        this.listener = listener;
        this.work = work;
    }

    /** All tensors are [heads, n, width]; queries and keys are rotated already if said so. */
    void run(Tensor queries, Tensor keys, Tensor values, boolean rotated, Tensor output) {
        Optional<KvStore> store = segment.state().flatMap(state -> state.store(layer.block()));
        store.ifPresent(cache -> cache.prepare(segment.tokens()));
        try (Scope local = work.scope().child()) {
            if (store.isPresent() && store.get().keyForm() == KeyForm.SLOT_POSITIONS) {
                inSlots(store.get(), queries, keys, values, output, local);
            } else {
                inText(store, queries, keys, values, rotated, output, local);
            }
        }
    }

    private void inText(Optional<KvStore> store, Tensor queries, Tensor keys, Tensor values, boolean rotated,
            Tensor output, Scope local) {
        Tensor plainQueries = null;
        if (!rotated) {
            plainQueries = copyOf("queries.plain", queries);
            rotate(queries, segment.positions());
            rotate(keys, segment.positions());
        }
        KvView stored = store.map(KvStore::view).orElse(KvView.EMPTY);
        Observed observed = attend(store, queries, segment.positions(), stored, keys, values, output, local);
        if (store.isPresent()) {
            append(store.get(), keys, values, queries, plainQueries, observed, local);
        }
    }

    /** Positions are those in the cache: stored keys are rotated now, new ones follow them. */
    private void inSlots(KvStore store, Tensor queries, Tensor keys, Tensor values, Tensor output, Scope local) {
        Tensor plainQueries = copyOf("queries.plain", queries);
        Tensor plainKeys = copyOf("keys.plain", keys);
        SlotView stored = SlotView.of(compute, layer, store.view(), local);
        int[] slots = IntStream.range(stored.next(), stored.next() + segment.rows()).toArray();
        rotate(queries, slots);
        rotate(keys, slots);
        Observed observed = attend(Optional.of(store), queries, slots, stored.view(), keys, values, output, local);
        append(store, plainKeys, values, queries, plainQueries, observed, local);
    }

    private Observed attend(Optional<KvStore> store, Tensor queries, int[] positions, KvView stored, Tensor keys,
            Tensor values, Tensor output, Scope local) {
        Observation listened = listener.observes(layer.block());
        Observation kept = store.map(cache -> cache.observes(segment.phase(), segment.rows()))
                .orElse(Observation.NONE);
        boolean joined = kept.joins(listened);
        Observation observation = joined ? kept.and(listened) : kept;
        AttentionPlan plan = plan(queries, positions, stored, keys, values, local);
        if (plan instanceof AttentionPlan.Computed computed) {
            if (!observation.equals(Observation.NONE)) {
                throw new LatheException("The attention pattern computes attention itself, so that the cache policy "
                        + "cannot see the probabilities that it needs. Take another pattern or another policy.");
            }
            compute.write(computed.output(), output);
            return Observed.NOTHING;
        }
        AttentionCall call = new AttentionCall(layer, queries, positions, stored, keys, values, plan, true, softcap,
                observation, output);
        AttentionResult result = compute.attention(call);
        segment.state().ifPresent(state -> state.count(result));
        if (!joined) {
            // Sums over other queries than the cache's: rare, and one more pass over the keys.
            listener.attended(layer.block(), sequence, compute.attention(call.observing(listened)).observed());
        } else if (!observation.equals(Observation.NONE)) {
            listener.attended(layer.block(), sequence, result.observed());
        }
        return result.observed();
    }

    private AttentionPlan plan(Tensor queries, int[] positions, KvView stored, Tensor keys, Tensor values,
            Scope local) {
        Optional<AttentionPattern> pattern = segment.state().flatMap(SequenceState::pattern);
        if (pattern.isEmpty()) {
            return DENSE;
        }
        return pattern.get().plan(new PassAttentionScene(layer, segment.phase(), compute.read(queries, local),
                positions, stored, compute.read(keys, local), compute.read(values, local),
                listener.notes(layer.block()), local));
    }

    private void append(KvStore store, Tensor keys, Tensor values, Tensor queries, Tensor plainQueries,
            Observed observed, Scope local) {
        store.append(new KvBlock(segment.phase(), compute.read(keys, local), compute.read(values, local),
                compute.read(queries, local), plainQueries == null ? null : compute.read(plainQueries, local),
                segment.positions(), segment.tokens()), observed);
        if (segment.promptEnds()) {
            store.endPrompt();
        }
    }

    private void rotate(Tensor heads, int[] positions) {
        if (layer.rotary().isPresent()) {
            compute.rotate(heads, positions, layer.rotary().get());
        }
    }

    /** A copy with heads outermost. */
    private Tensor copyOf(String name, Tensor heads) {
        Tensor copy = work.matrix(name, heads.size(0) * heads.size(1), heads.size(2)).reshape(heads.size(0),
                heads.size(1), heads.size(2));
        HostEdits.copy(compute, heads, copy);
        return copy;
    }
}
