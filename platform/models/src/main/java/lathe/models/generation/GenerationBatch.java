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
        return add(request, listener, Optional.empty(), () -> model.openFor(length(request)));
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
        return add(request, listener, prompt, () -> model.open(request.sampling().seed(), length(request)));
    }

    private static int length(GenerationRequest request) {
        return (int) Math.min(Integer.MAX_VALUE, (long) request.prompt().length + request.newTokens());
    }

    private GenerationTicket add(GenerationRequest request, TokenListener listener, Optional<LogitsListener> prompt,
            Supplier<CachedSession> session) {
        long length = (long) request.prompt().length + request.newTokens();
        int most = model.info().contextLength();
        if (model.info().features().contains("learned-positions") && length > most) {
            throw new LatheException("A prompt of " + request.prompt().length + " tokens with " + request.newTokens()
                    + " new ones is longer than the " + most + " positions of the model " + model.info().name() + ".");
        }
        GenerationTicket ticket = new GenerationTicket(added++, request, session, listener, prompt,
                model.transformer().config().cacheRenewedBeyond());
        running.add(ticket);
        return ticket;
    }

    /**
     * One pass: prompts that were added (or their next chunks), and one new token of all others. A request that fails, because
     * its logits are no numbers or its listener throws, fails alone, as {@link GenerationTicket#failure} tells. When the pass
     * itself fails it does not say whose fault it was: then each request is taken through it again alone.
     *
     * @return whether anything is left to do
     */
    public boolean step() {
        running.removeIf(GenerationTicket::closeIfDone);
        if (running.isEmpty()) {
            return false;
        }
        try {
            pass(running);
        } catch (RuntimeException failure) {
            if (running.size() == 1) {
                running.getFirst().fail(failure);
            } else {
                running.forEach(this::again);
            }
        }
        running.removeIf(GenerationTicket::closeIfDone);
        return !running.isEmpty();
    }

    /** Takes the next tokens of requests in; whether the last of them could choose a token. */
    private boolean pass(List<GenerationTicket> tickets) {
        boolean chosen = false;
        try (Scope local = scope.child()) {
            Tensor logits = model.advance(tickets.stream().map(GenerationTicket::feed).toList(), local);
            float[] row = new float[logits.size(1)];
            for (int i = 0; i < tickets.size(); i++) {
                GenerationTicket ticket = tickets.get(i);
                chosen = ticket.fed();
                if (chosen) {
                    logits.copyRow(i, row);
                    take(ticket, row);
                }
            }
        }
        return chosen;
    }

    private static void take(GenerationTicket ticket, float[] logits) {
        try {
            ticket.take(logits);
        } catch (RuntimeException failure) {
            ticket.fail(failure);
        }
    }

    /** The same cache is built up again, so the next token is the one that the pass would have given. */
    private void again(GenerationTicket ticket) {
        try {
            ticket.rewind();
            boolean chosen = false;
            while (!chosen) {
                chosen = pass(List.of(ticket));
            }
        } catch (RuntimeException failure) {
            ticket.fail(failure);
        }
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
