package lathe.models.generation;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import lathe.models.transformer.CachedSession;
import lathe.models.transformer.RunnableModel;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Generates continuations: prompts first, then token by token, several sequences of different lengths together. */
public final class Generator {
    private final RunnableModel model;
    private final Scope scope;

    /**
     * @param model what generates
     * @param scope owner of logits
     */
    public Generator(RunnableModel model, Scope scope) {
        this.model = requireNonNull(model, "model is null");
        this.scope = requireNonNull(scope, "scope is null");
    }

    /**
     * One continuation.
     *
     * @param request what is wanted
     * @return the new tokens
     */
    public Generation generate(GenerationRequest request) {
        return generate(List.of(request), TokenListener.ALL).getFirst();
    }

    /**
     * Several continuations, each as if it were alone.
     *
     * @param requests what is wanted
     * @param listener takes tokens as they come; asked between steps only
     * @return one a request
     */
    public List<Generation> generate(List<GenerationRequest> requests, TokenListener listener) {
        List<Sequence> sequences = new ArrayList<>();
        try (Scope local = scope.child()) {
            for (int i = 0; i < requests.size(); i++) {
                sequences.add(new Sequence(i, requests.get(i), model.open()));
            }
            prefill(sequences, listener, local);
            List<Sequence> running = running(sequences);
            while (!running.isEmpty()) {
                step(running, listener);
                running = running(running);
            }
            return sequences.stream().map(Sequence::result).toList();
        } finally {
            sequences.forEach(sequence -> sequence.session.close());
        }
    }

    private void prefill(List<Sequence> sequences, TokenListener listener, Scope local) {
        List<Sequence> whole = sequences.stream().filter(sequence -> !sequence.inChunks()).toList();
        if (!whole.isEmpty()) {
            Tensor logits = model.advance(whole.stream().map(sequence -> sequence.session).toList(),
                    whole.stream().map(sequence -> sequence.request.prompt()).toList(), local);
            take(whole, logits, listener);
        }
        for (Sequence sequence : sequences) {
            if (sequence.inChunks()) {
                take(List.of(sequence), inChunks(sequence, local).reshape(1, model.info().vocabulary()), listener);
            }
        }
    }

    private static Tensor inChunks(Sequence sequence, Scope local) {
        int[] prompt = sequence.request.prompt();
        int chunk = sequence.request.chunk();
        Tensor logits = null;
        for (int from = 0; from < prompt.length; from += chunk) {
            int to = Math.min(prompt.length, from + chunk);
            logits = sequence.session.prefill(Arrays.copyOfRange(prompt, from, to), to == prompt.length, local);
        }
        return logits;
    }

    private void step(List<Sequence> running, TokenListener listener) {
        try (Scope local = scope.child()) {
            Tensor logits = model.advance(running.stream().map(sequence -> sequence.session).toList(),
                    running.stream().map(Sequence::newest).toList(), local);
            take(running, logits, listener);
        }
    }

    private static void take(List<Sequence> sequences, Tensor logits, TokenListener listener) {
        float[] row = new float[logits.size(1)];
        for (int i = 0; i < sequences.size(); i++) {
            logits.copyRow(i, row);
            sequences.get(i).take(row, listener);
        }
    }

    private static List<Sequence> running(List<Sequence> sequences) {
        return sequences.stream().filter(sequence -> sequence.end == null).toList();
    }

    /** One sequence on its way. */
    private static final class Sequence {
        private final int index;
        private final GenerationRequest request;
        private final CachedSession session;
        private final TokenChooser chooser;
        private final long started = System.nanoTime();
        private int[] history;
        private Generation.End end;
        private long prompted;
        private long ended;
        private long cacheBytes;

        Sequence(int index, GenerationRequest request, CachedSession session) {
            this.index = index;
            this.request = request;
            this.session = session;
            this.chooser = new TokenChooser(request.sampling());
            this.history = request.prompt().clone();
        }

        boolean inChunks() {
            return request.chunk() > 0 && request.chunk() < request.prompt().length;
        }

        int[] newest() {
            return new int[] {history[history.length - 1]};
        }

        void take(float[] logits, TokenListener listener) {
            long now = System.nanoTime();
            prompted = prompted == 0 ? now : prompted;
            if (generated() == request.newTokens()) {
                finish(Generation.End.LENGTH, now);
                return;
            }
            int token = chooser.next(logits, history);
            if (request.endTokens().contains(token)) {
                finish(Generation.End.END_TOKEN, now);
                return;
            }
            history = Arrays.copyOf(history, history.length + 1);
            history[history.length - 1] = token;
            if (!listener.take(index, token)) {
                finish(Generation.End.STOPPED, now);
            } else if (generated() == request.newTokens()) {
                finish(Generation.End.LENGTH, now);
            }
        }

        Generation result() {
            return new Generation(Arrays.copyOfRange(history, request.prompt().length, history.length), end,
                    (prompted - started) * 1e-9, (ended - prompted) * 1e-9, cacheBytes);
        }

        private int generated() {
            return history.length - request.prompt().length;
        }

        private void finish(Generation.End why, long now) {
            end = why;
            ended = now;
            cacheBytes = session.cacheBytes();
        }
    }
}
