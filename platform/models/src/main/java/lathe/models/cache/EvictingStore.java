package lathe.models.cache;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

import lathe.spi.attention.Phase;
import lathe.spi.kv.Budget;
import lathe.spi.kv.CacheContext;
import lathe.spi.kv.Evictor;
import lathe.spi.kv.KeyForm;
import lathe.spi.kv.KvBlock;
import lathe.spi.kv.KvStore;
import lathe.spi.kv.KvView;
import lathe.spi.kv.Observation;
import lathe.spi.kv.Observed;
import lathe.spi.kv.PlainSegment;
import lathe.spi.kv.TokenRows;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Keeps the tokens that an {@link Evictor} chooses: once after the whole prompt and, if it says so, after every pass of new
 * tokens. Heads may keep different numbers of tokens. What is dropped is freed.
 *
 * <p>With {@link Budget#rerotate()} keys are kept as projected and rotated to their slots when they are read, so that kept
 * tokens stand at positions without gaps and new ones right behind them.
 */
public final class EvictingStore implements KvStore {
    private final LayerInfo layer;
    private final CacheContext context;
    private final Evictor evictor;
    private final Budget budget;
    private final KeyRotation rotation;
    private final List<TokenRows> keys = new ArrayList<>();
    private final List<TokenRows> values = new ArrayList<>();
    private final int[][] positions;
    private final AttentionSums sums;
    private PromptQueries prompt;
    private int promptTokens;
    private boolean promptEnded;
    private int steps;

    /**
     * An empty cache.
     *
     * @param layer    heads and widths
     * @param context  memory, element type, random numbers
     * @param evictor  who chooses
     * @param budget   how many tokens
     * @param rotation rotates keys for the evictor's eyes where they are kept unrotated
     */
    public EvictingStore(LayerInfo layer, CacheContext context, Evictor evictor, Budget budget, KeyRotation rotation) {
        this.layer = requireNonNull(layer, "layer is null");
        this.context = requireNonNull(context, "context is null");
        this.evictor = requireNonNull(evictor, "evictor is null");
        this.budget = requireNonNull(budget, "budget is null");
        this.rotation = requireNonNull(rotation, "rotation is null");
        this.positions = new int[layer.kvHeads()][0];
        this.sums = new AttentionSums(layer);
        for (int head = 0; head < layer.kvHeads(); head++) {
            keys.add(new TokenRows(context.scope(), context.elementType(), layer.headDim()));
            values.add(new TokenRows(context.scope(), context.elementType(), layer.valueDim()));
        }
    }

    @Override
    public KeyForm keyForm() {
        return budget.rerotate() && layer.rotary().isPresent() ? KeyForm.SLOT_POSITIONS : KeyForm.ROTATED;
    }

    @Override
    public Observation observes(Phase phase, int tokens) {
        // Between the prompt and the end nobody looks where nothing is dropped.
        return phase == Phase.DECODE && !evictor.evicts(phase, budget) ? Observation.NONE : evictor.observes(phase);
    }

    @Override
    public KvView view() {
        if (Arrays.stream(positions).allMatch(head -> head.length == 0)) {
            return KvView.EMPTY;
        }
        return new KvView(List.of(new PlainSegment(keys.stream().map(TokenRows::view).toList(),
                values.stream().map(TokenRows::view).toList(), List.of(positions))));
    }

    @Override
    public void append(KvBlock block, Observed observed) {
        int[] tokens = new int[positions.length];
        for (int head = 0; head < positions.length; head++) {
            keys.get(head).append(block.keys().row(head));
            values.get(head).append(block.values().row(head));
            int old = positions[head].length;
            positions[head] = Arrays.copyOf(positions[head], old + block.tokens());
            System.arraycopy(block.positions(), 0, positions[head], old, block.tokens());
            tokens[head] = positions[head].length;
        }
        sums.add(observed.columnSums(), tokens);
        if (block.phase() == Phase.PREFILL && !promptEnded) {
            promptTokens += block.tokens();
            prompt().add(block, observed);
        } else if (evictor.evicts(Phase.DECODE, budget)) {
            evict(Phase.DECODE, block.queries(), block.plainQueries(), observed.lastRows());
        }
    }

    @Override
    public void endPrompt() {
        if (promptEnded) {
            return;
        }
        promptEnded = true;
        if (prompt == null) {
            return;
        }
        if (evictor.evicts(Phase.PREFILL, budget)) {
            evict(Phase.PREFILL, prompt.queries(), prompt.plainQueries(), prompt.lastRows());
        }
        prompt.close();
        prompt = null;
    }

    /** Keys, values, positions (four bytes each) and the attention sums that some evictors need. */
    @Override
    public long bytes() {
        long sum = sums.bytes();
        for (int head = 0; head < positions.length; head++) {
            sum += keys.get(head).bytes() + values.get(head).bytes() + (long) positions[head].length * Integer.BYTES;
        }
        return sum;
    }

    @Override
    public void close() {
        keys.forEach(TokenRows::close);
        values.forEach(TokenRows::close);
        if (prompt != null) {
            prompt.close();
        }
    }

    private PromptQueries prompt() {
        if (prompt == null) {
            prompt = new PromptQueries(layer, context.scope(), evictor.observes(Phase.PREFILL).lastRows());
        }
        return prompt;
    }

    private void evict(Phase phase, Tensor queries, Tensor plainQueries, Optional<Tensor> lastRows) {
        try (Scope local = context.scope().child()) {
            StoredTokens scene = new StoredTokens(layer, phase, positions, view(), queries.in(local),
                    plainQueries == null ? queries.in(local) : plainQueries.in(local), lastRows, sums.tensor(local),
                    promptTokens, budget, new StepRandom(context::random, steps++), local,
                    keyForm() == KeyForm.SLOT_POSITIONS ? Optional.of(rotation) : Optional.empty(), context);
            int[][] kept = evictor.keep(scene);
            requireFitting(kept);
            for (int head = 0; head < kept.length; head++) {
                drop(head, kept[head]);
            }
        }
    }

    private void drop(int head, int[] kept) {
        if (kept.length == positions[head].length) {
            return;
        }
        keys.get(head).keep(kept);
        values.get(head).keep(kept);
        sums.keep(head, kept);
        int[] old = positions[head];
        positions[head] = Arrays.stream(kept).map(slot -> old[slot]).toArray();
    }

    /** A wrong answer of a plugin must not become a wrong memory access. */
    private void requireFitting(int[][] kept) {
        if (kept.length != positions.length) {
            throw new IllegalStateException("The evictor " + evictor.getClass().getName() + " answered for "
                    + kept.length + " key/value heads of " + positions.length + ".");
        }
        for (int head = 0; head < kept.length; head++) {
            int before = -1;
            for (int slot : kept[head]) {
                if (slot <= before || slot >= positions[head].length) {
                    throw new IllegalStateException("The evictor " + evictor.getClass().getName()
                            + " must name slots of head " + head + " ascending and below " + positions[head].length
                            + ", but it named " + slot + " after " + before + ".");
                }
                before = slot;
            }
        }
    }
}
