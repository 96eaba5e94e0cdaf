package lathe.models.generation;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;

import lathe.models.transformer.RunnableModel;
import lathe.spi.LatheException;
import lathe.spi.tensor.Scope;

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
     * @param listener takes tokens as they come; sequences are numbered as the requests
     * @return one a request
     * @throws LatheException if one of them cannot be done
     */
    public List<Generation> generate(List<GenerationRequest> requests, TokenListener listener) {
        List<GenerationTicket> tickets = new ArrayList<>();
        try (GenerationBatch batch = new GenerationBatch(model, scope)) {
            requests.forEach(request -> tickets.add(batch.add(request, listener)));
            boolean more = true;
            while (more) {
                more = batch.step();
                tickets.stream().flatMap(ticket -> ticket.failure().stream()).findFirst().ifPresent(failure -> {
                    throw failure;
                });
            }
        }
        return tickets.stream().map(ticket -> ticket.result().orElseThrow()).toList();
    }
}
