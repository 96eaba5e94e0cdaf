package lathe.serve.decode;

import static java.util.Objects.requireNonNull;

import lathe.models.generation.GenerationRequest;

/** A continuation that a client waits for. */
public final class Job {
    private final GenerationRequest request;
    private final boolean hearsPrompt;
    private final JobListener listener;
    private volatile boolean cancelled;

    /**
     * @param request     what is wanted
     * @param hearsPrompt whether the logits of the whole prompt are wanted
     * @param listener    hears what becomes of it
     */
    public Job(GenerationRequest request, boolean hearsPrompt, JobListener listener) {
        this.request = requireNonNull(request, "request is null");
        this.listener = requireNonNull(listener, "listener is null");
        this.hearsPrompt = hearsPrompt;
    }

    /** Gives the job up before the next step, or before it begins. May be called by any thread. */
    public void cancel() {
        cancelled = true;
    }

    GenerationRequest request() {
        return request;
    }

    boolean hearsPrompt() {
        return hearsPrompt;
    }

    JobListener listener() {
        return listener;
    }

    boolean cancelled() {
        return cancelled;
    }
}
