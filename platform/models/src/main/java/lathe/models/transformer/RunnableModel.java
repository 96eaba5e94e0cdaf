package lathe.models.transformer;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import lathe.models.notes.PassedNotes;
import lathe.spi.LatheException;
import lathe.spi.Notes;
import lathe.spi.Refusal;
import lathe.spi.attention.Phase;
import lathe.spi.graph.LanguageModel;
import lathe.spi.kv.CacheContext;
import lathe.spi.kv.TokenClasses;
import lathe.spi.model.LayerInfo;
import lathe.spi.model.ModelInfo;
import lathe.spi.numeric.RandomStream;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * A model with its serving plan. Safe for use by several threads; sessions are not. The transformer belongs to the caller
 * and must outlive this object and its sessions.
 */
public final class RunnableModel implements LanguageModel {
    /** Rows whose logits are in memory together where the logits of a whole prompt are wanted. */
    private static final int ROWS_AT_ONCE = 32;

    private final Transformer transformer;
    private final ServingPlan plan;
    private final Scope scope;
    private final ForwardListener listener;
    private final AtomicLong opened = new AtomicLong();

    /**
     * @param transformer the model
     * @param plan        how it is run
     * @param scope       owner of caches
     * @throws LatheException if the model cannot do what the plan says
     */
    public RunnableModel(Transformer transformer, ServingPlan plan, Scope scope) {
        this(transformer, plan, ForwardListener.NONE, scope);
    }

    private RunnableModel(Transformer transformer, ServingPlan plan, ForwardListener listener, Scope scope) {
        this.listener = requireNonNull(listener, "listener is null");
        this.transformer = requireNonNull(transformer, "transformer is null");
        this.plan = requireNonNull(plan, "plan is null");
        this.scope = requireNonNull(scope, "scope is null");
        List<Refusal> refusals = plan.refusals(transformer.info());
        if (!refusals.isEmpty()) {
            throw new LatheException(refusals.stream().map(Refusal::reason).collect(Collectors.joining(" ")));
        }
    }

    /**
     * The same model run in the same way, which numbers its sequences from the beginning again: random numbers of caches
     * are keyed by seed, node, sequence and layer.
     *
     * @return another object over the same memory
     */
    public RunnableModel anew() {
        return new RunnableModel(transformer, plan, listener, scope);
    }

    /**
     * The same model run in the same way, with somebody who looks on at every pass and hears the notes of the methods that
     * serve it. Sequences are numbered from the beginning again.
     *
     * @param looking who looks on
     * @return another object over the same memory
     */
    public RunnableModel watchedBy(ForwardListener looking) {
        return new RunnableModel(transformer, plan, looking, scope);
    }

    @Override
    public ModelInfo info() {
        return transformer.info();
    }

    /**
     * The computation.
     *
     * @return the model without its plan
     */
    public Transformer transformer() {
        return transformer;
    }

    /**
     * How the model is run.
     *
     * @return the plan
     */
    public ServingPlan plan() {
        return plan;
    }

    @Override
    public Tensor logits(int[] tokens, Scope target) {
        return transformer.logits(pass(List.of(whole(tokens))), target);
    }

    /**
     * Runs one sequence in one pass for somebody who looks on, with the model's attention pattern and router.
     *
     * @param tokens   at least one id
     * @param listener who looks on
     * @param target   where the pass computes
     */
    public void observe(int[] tokens, ForwardListener listener, Scope target) {
        try (Scope local = target.child()) {
            transformer.hidden(pass(List.of(whole(tokens))).withListener(listener), local);
        }
    }

    @Override
    public List<Tensor> logits(List<int[]> sequences, Scope target) {
        Tensor all = transformer.logits(pass(sequences.stream().map(this::whole).toList()), target);
        List<Tensor> parts = new ArrayList<>();
        int row = 0;
        for (int[] sequence : sequences) {
            parts.add(all.slice(0, row, row + sequence.length));
            row += sequence.length;
        }
        return parts;
    }

    @Override
    public CachedSession open() {
        return open(opened.getAndIncrement(), Optional.empty());
    }

    @Override
    public CachedSession openFor(int tokens) {
        return open(opened.getAndIncrement(), Optional.of(tokens));
    }

    /**
     * Begins a sequence whose cache draws its random numbers by a given number instead of the order of opening, so that it
     * does the same whatever else was opened before.
     *
     * @param sequence keys the random numbers of its cache
     * @param tokens   most that it will take in, the prompt among them
     * @return a session without tokens, to be closed
     */
    public CachedSession open(long sequence, int tokens) {
        return open(sequence, Optional.of(tokens));
    }

    private CachedSession open(long sequence, Optional<Integer> tokens) {
        Scope memory = scope.child();
        ServingPlan.CacheContexts contexts = layer -> new LayerContext(memory, plan.elementType(), plan, sequence,
                tokens, layer, listener.notes(layer.block()));
        SequenceState state = new SequenceState(plan.attention().map(pattern -> pattern.forSequence(info())),
                plan.openStores(info(), contexts, this::rotate));
        return new CachedSession(this, memory, state);
    }

    @Override
    public long weightBytes() {
        return transformer.weights().weightBytes();
    }

    @Override
    public Tensor advance(List<? extends Session> sessions, List<int[]> tokens, Scope target) {
        if (sessions.size() != tokens.size()) {
            throw new IllegalArgumentException(
                    sessions.size() + " sessions cannot take " + tokens.size() + " lists of tokens.");
        }
        return advance(IntStream.range(0, tokens.size())
                .mapToObj(i -> Feed.all((CachedSession) sessions.get(i), tokens.get(i))).toList(), target);
    }

    /**
     * What a session takes in.
     *
     * @param session    a session of this model
     * @param tokens     at least one
     * @param prompt     tokens of the whole prompt, which ends once so many are taken in; it means nothing after that
     * @param everyToken hears the logits of all of them; without it those of the last token alone are computed
     */
    public record Feed(CachedSession session, int[] tokens, int prompt, Optional<LogitsListener> everyToken) {
        /** Checks the parts. */
        public Feed {
            requireNonNull(session, "session is null");
            requireNonNull(tokens, "tokens is null");
            requireNonNull(everyToken, "everyToken is null");
        }

        /**
         * All of a prompt, or new tokens after it; the last one's logits are wanted.
         *
         * @param session a session of this model
         * @param tokens  at least one
         * @return what the session takes in
         */
        public static Feed all(CachedSession session, int[] tokens) {
            return new Feed(session, tokens, session.length() + tokens.length, Optional.empty());
        }
    }

    /** Hears logits of the tokens of a sequence, one after another. */
    @FunctionalInterface
    public interface LogitsListener {
        /**
         * Takes the logits that follow a token.
         *
         * @param position of the token in its sequence, from 0
         * @param logits   one a token of the vocabulary; dead after the call
         */
        void take(int position, float[] logits);
    }

    /**
     * Takes tokens in by several sessions in one pass: prompts, chunks of prompts, new tokens.
     *
     * @param feeds  sessions that this model opened, all different
     * @param target where the result lives
     * @return [feeds, vocabulary] logits of the last token of each
     */
    public Tensor advance(List<Feed> feeds, Scope target) {
        List<Segment> segments = feeds.stream().map(feed -> feed.session().segment(feed.tokens(), feed.prompt()))
                .toList();
        boolean listening = feeds.stream().anyMatch(feed -> feed.everyToken().isPresent());
        Tensor logits = listening
                ? listenedLogits(feeds, segments, target)
                : transformer.lastLogits(pass(segments), target);
        IntStream.range(0, feeds.size()).forEach(i -> feeds.get(i).session().advanced(segments.get(i)));
        return logits;
    }

    /** Logits of all rows that somebody hears, a few rows at a time, and of every feed's last row. */
    private Tensor listenedLogits(List<Feed> feeds, List<Segment> segments, Scope target) {
        List<float[]> last = new ArrayList<>();
        try (Scope local = scope.child()) {
            Tensor hidden = transformer.hidden(pass(segments), local);
            int row = 0;
            for (int i = 0; i < feeds.size(); i++) {
                int end = row + segments.get(i).rows();
                Optional<LogitsListener> listener = feeds.get(i).everyToken();
                int first = listener.isPresent() ? row : end - 1;
                int position = feeds.get(i).session().length() + first - row;
                last.add(headRows(hidden.slice(0, first, end), position, listener, local));
                row = end;
            }
        }
        int vocabulary = last.getFirst().length;
        float[] all = new float[last.size() * vocabulary];
        IntStream.range(0, last.size())
                .forEach(i -> System.arraycopy(last.get(i), 0, all, i * vocabulary, vocabulary));
        return target.of(all, last.size(), vocabulary);
    }

    /** The logits of the last row, after a listener has heard those of all. */
    private float[] headRows(Tensor hidden, int position, Optional<LogitsListener> listener, Scope parent) {
        float[] row = new float[0];
        for (int start = 0; start < hidden.size(0); start += ROWS_AT_ONCE) {
            int end = Math.min(hidden.size(0), start + ROWS_AT_ONCE);
            try (Scope local = parent.child()) {
                Tensor logits = transformer.head(hidden.slice(0, start, end), local);
                row = row.length == 0 ? new float[logits.size(1)] : row;
                for (int i = start; i < end; i++) {
                    logits.copyRow(i - start, row);
                    int at = position + i;
                    float[] heard = row;
                    listener.ifPresent(one -> one.take(at, heard));
                }
            }
        }
        return row;
    }

    Pass pass(List<Segment> segments) {
        Pass pass = Pass.of(segments).withListener(listener);
        if (plan.router().isPresent()) {
            pass = pass.withRouter(plan.router().get());
        }
        return plan.random().isPresent() ? pass.withRandom(plan.random().get()) : pass;
    }

    private Segment whole(int[] tokens) {
        Optional<SequenceState> state = plan.attention()
                .map(pattern -> new SequenceState(Optional.of(pattern.forSequence(info())), List.of()));
        return new Segment(tokens, IntStream.range(0, tokens.length).toArray(), tokens.length, Phase.PREFILL, true,
                state);
    }

    private void rotate(LayerInfo layer, Tensor keys, int[] positions) {
        try (Scope local = scope.child()) {
            Tensor rotated = transformer.compute().activations(local, keys.shape().toArray());
            transformer.compute().write(keys, rotated);
            transformer.compute().rotate(rotated, positions, layer.rotary().orElseThrow());
            keys.assign(transformer.compute().read(rotated, local));
        }
    }

    /** What one layer's store is opened with. */
    private record LayerContext(Scope scope, DataType elementType, ServingPlan plan, long sequence,
            Optional<Integer> expectedTokens, LayerInfo layer,
            Notes listener)
            implements
                CacheContext,
                PassedNotes {
        @Override
        public RandomStream random() {
            return plan.random().orElseThrow(() -> new LatheException(
                    "The cache policy asks for random numbers, but the model was opened without a seed."))
                    .stream("cache", sequence * layer.blocks() + layer.block());
        }

        @Override
        public Optional<TokenClasses> tokenClasses() {
            return plan.tokens();
        }
    }
}
