package lathe.models.generation;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.Supplier;

import lathe.models.transformer.CachedSession;
import lathe.models.transformer.RunnableModel.Feed;
import lathe.models.transformer.RunnableModel.LogitsListener;

/** A request on its way through a {@link GenerationBatch}. */
public final class GenerationTicket {
    private final int index;
    private final GenerationRequest request;
    private final Supplier<CachedSession> sessions;
    private final TokenListener listener;
    private final Optional<LogitsListener> promptListener;
    private final TokenChooser chooser;
    private final int renewedBeyond;
    private final long started = System.nanoTime();
    private CachedSession session;
    private int[] history;
    private int prompt;
    private int taken;
    private int heard;
    private long prompted;
    private Optional<Generation> result = Optional.empty();
    private Optional<RuntimeException> failure = Optional.empty();
    private volatile boolean cancelled;
    private boolean closed;

    /** A cache that has seen at most {@code renewedBeyond} tokens is filled anew when the text becomes longer than that. */
    GenerationTicket(int index, GenerationRequest request, Supplier<CachedSession> sessions, TokenListener listener,
            Optional<LogitsListener> promptListener, int renewedBeyond) {
        this.index = index;
        this.request = requireNonNull(request, "request is null");
        this.sessions = requireNonNull(sessions, "sessions is null");
        this.listener = requireNonNull(listener, "listener is null");
        this.promptListener = requireNonNull(promptListener, "promptListener is null").map(this::once);
        this.chooser = new TokenChooser(request.sampling());
        this.renewedBeyond = renewedBeyond;
        this.history = request.prompt().clone();
        this.prompt = history.length;
        this.session = sessions.get();
    }

    /** A prompt that is taken in again is not heard again, nor are the new tokens that are taken in with it then. */
    private LogitsListener once(LogitsListener hearing) {
        return (position, logits) -> {
            if (position >= heard && position < request.prompt().length) {
                hearing.take(position, logits);
                heard = position + 1;
            }
        };
    }

    /**
     * What was generated.
     *
     * @return nothing before the request is done
     */
    public Optional<Generation> result() {
        return result;
    }

    /**
     * Why the request cannot be done.
     *
     * @return nothing as long as it goes well
     */
    public Optional<RuntimeException> failure() {
        return failure;
    }

    /** Stops the request before the batch's next step. May be called by any thread. */
    public void cancel() {
        cancelled = true;
    }

    /**
     * The next tokens that the session takes in. A text that has outgrown the short factors of LongRoPE is taken in again as a
     * prompt, once, where the model asks for it: keys of both kinds in one cache do not belong together.
     */
    Feed feed() {
        if (prompt <= renewedBeyond && history.length > renewedBeyond) {
            prompt = history.length;
            rewind();
        }
        if (taken >= prompt) {
            return new Feed(session, new int[] {history[taken]}, prompt, Optional.empty());
        }
        int end = request.chunk() == 0 ? prompt : Math.min(prompt, taken + request.chunk());
        Optional<LogitsListener> hearing = heard < request.prompt().length ? promptListener : Optional.empty();
        return new Feed(session, Arrays.copyOfRange(history, taken, end), prompt, hearing);
    }

    /** Notes that the feed was taken in; true if everything known is, so that a token can be chosen. */
    boolean fed() {
        taken = session.length();
        return taken == history.length;
    }

    /**
     * Begins again from the first token of the prompt, with the tokens that were chosen so far: what a pass that failed on
     * the way has left in the cache is nothing to go on from.
     */
    void rewind() {
        session.close();
        closed = true;
        session = sessions.get();
        closed = false;
        taken = 0;
    }

    /** Ends the request without a result. */
    void fail(RuntimeException reason) {
        failure = Optional.of(reason);
    }

    void take(float[] logits) {
        long now = System.nanoTime();
        prompted = prompted == 0 ? now : prompted;
        if (generated() == request.newTokens()) {
            finish(Generation.End.LENGTH, now);
            return;
        }
        int token = chooser.next(logits, history);
        if (request.endTokens().contains(token)) {
            listener.ended(index, token, logits);
            finish(Generation.End.END_TOKEN, now);
            return;
        }
        history = Arrays.copyOf(history, history.length + 1);
        history[history.length - 1] = token;
        if (!listener.take(index, token, logits)) {
            finish(Generation.End.STOPPED, now);
        } else if (generated() == request.newTokens()) {
            finish(Generation.End.LENGTH, now);
        }
    }

    /** Frees the cache of a request that is done, cancelled or has failed. */
    boolean closeIfDone() {
        if (cancelled && result.isEmpty() && failure.isEmpty()) {
            prompted = prompted == 0 ? System.nanoTime() : prompted;
            finish(Generation.End.STOPPED, System.nanoTime());
        }
        if ((result.isPresent() || failure.isPresent()) && !closed) {
            closed = true;
            session.close();
        }
        return closed;
    }

    private int generated() {
        return history.length - request.prompt().length;
    }

    private void finish(Generation.End end, long now) {
        result = Optional.of(new Generation(Arrays.copyOfRange(history, request.prompt().length, history.length), end,
                (prompted - started) * 1e-9, (now - prompted) * 1e-9, session.cacheBytes()));
    }
}
