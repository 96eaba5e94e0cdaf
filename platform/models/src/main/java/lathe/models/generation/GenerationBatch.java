package lathe.models.generation;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

import lathe.models.transformer.CachedSession;
import lathe.models.transformer.RunnableModel;
import lathe.models.transformer.RunnableModel.LogitsListener;
import lathe.spi.LatheException;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Continuations that are computed together, step by step. New requests may join at any step and others leave: what a server
 * needs. Each gives what it would give alone. One thread at a time.
 */
public final class GenerationBatch implements AutoCloseable {
    private final RunnableModel model;
    private final Scope scope;
    private final List<GenerationTicket> running = new ArrayList<>();
    private int added;

    /**
     * @param model what generates
     * @param scope owner of logits
     */
    public GenerationBatch(RunnableModel model, Scope scope) {
        this.model = requireNonNull(model, "model is null");
        this.scope = requireNonNull(scope, "scope is null");
    }

    /**
     * Adds a request; its prompt is taken in by the next step.
     *
     * @param request  what is wanted
     * @param listener takes its tokens as they come
     * @return the request's state
     * @throws LatheException if the model has no positions for so many tokens
     */
    public GenerationTicket add(GenerationRequest request, TokenListener listener) {
        return add(request, listener, Optional.empty(), model::open);
    }

    /**
     * Adds a request whose result depends on nothing but itself: its cache draws its random numbers by the seed of its
     * sampling.
     *
     * @param request  what is wanted
     * @param listener takes its tokens as they come
     * @param prompt   hears the logits after every token of the prompt, if they are wanted
     * @return the request's state
     * @throws LatheException if the model has no positions for so many tokens
     */
    public GenerationTicket add(GenerationRequest request, TokenListener listener, Optional<LogitsListener> prompt) {
        return add(request, listener, prompt, () -> model.open(request.sampling().seed()));
    }

    private GenerationTicket add(GenerationRequest request, TokenListener listener, Optional<LogitsListener> prompt,
            Supplier<CachedSession> session) {
        long length = (long) request.prompt().length + request.newTokens();
        int most = model.info().contextLength();
        if (model.info().features().contains("learned-positions") && length > most) {
            throw new LatheException("A prompt of " + request.prompt().length + " tokens with " + request.newTokens()
                    + " new ones is longer than the " + most + " positions of the model " + model.info().name() + ".");
        }
        GenerationTicket ticket = new GenerationTicket(added++, request, session.get(), listener, prompt);
        running.add(ticket);
        return ticket;
    }

    /**
     * One pass: prompts that were added (or their next chunks), and one new token of all others.
     *
     * @return whether anything is left to do
     */
    public boolean step() {
        running.removeIf(GenerationTicket::closeIfDone);
        if (running.isEmpty()) {
            return false;
        }
        try (Scope local = scope.child()) {
            Tensor logits = model.advance(running.stream().map(GenerationTicket::feed).toList(), local);
            float[] row = new float[logits.size(1)];
            for (int i = 0; i < running.size(); i++) {
                GenerationTicket ticket = running.get(i);
                if (ticket.fed()) {
                    logits.copyRow(i, row);
                    ticket.take(row);
                }
            }
        }
        running.removeIf(GenerationTicket::closeIfDone);
        return !running.isEmpty();
    }

    /**
     * Requests that are not done.
     *
     * @return how many
     */
    public int size() {
        return running.size();
    }

    /** Frees the caches of requests that are not done. */
    @Override
    public void close() {
        running.forEach(GenerationTicket::cancel);
        running.removeIf(GenerationTicket::closeIfDone);
    }
}
