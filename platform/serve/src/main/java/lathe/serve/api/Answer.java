package lathe.serve.api;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import com.google.gson.JsonObject;

import lathe.models.generation.GenerationRequest;
import lathe.serve.decode.DecodeLoop;
import lathe.serve.decode.Job;
import lathe.spi.LatheException;

/** The answer to a request for continuations, from the queue to the last byte. */
final class Answer implements Choice.Output {
    private final Call call;
    private final Form form;
    private final Wanted wanted;
    private final List<Prompt> prompts;
    private final List<Choice> choices = new ArrayList<>();
    private final List<Job> jobs = new ArrayList<>();
    private int open;
    private boolean streaming;
    private boolean over;

    Answer(Call call, Form form, Wanted wanted, List<Prompt> prompts) {
        this.call = requireNonNull(call, "call is null");
        this.form = requireNonNull(form, "form is null");
        this.wanted = requireNonNull(wanted, "wanted is null");
        this.prompts = List.copyOf(prompts);
    }

    /** Adds a continuation. */
    void add(Choice choice, GenerationRequest request) {
        choices.add(choice);
        jobs.add(new Job(request, choice.hearsPrompt(), choice));
        open++;
    }

    /** Hands all continuations to the loop; false if its queue is full. */
    synchronized boolean start(DecodeLoop loop) {
        // Nothing is heard of the jobs before this is left: they answer under the same lock.
        if (!loop.submit(jobs)) {
            return false;
        }
        if (wanted.streams()) {
            streaming = true;
            call.exchange().startEvents();
            choices.forEach(choice -> form.opening().ifPresent(
                    opening -> send(form.chunk(opening, choice.index(), Optional.empty()))));
        }
        call.exchange().onGone(this::gone);
        return true;
    }

    @Override
    public synchronized void piece(Choice choice, String text, List<ScoredToken> tokens) {
        if (streaming && !over) {
            send(form.chunk(form.piece(text, tokens, scored()), choice.index(), Optional.empty()));
        }
    }

    @Override
    public synchronized void done(Choice choice, List<ScoredToken> tokens) {
        open--;
        if (over) {
            return;
        }
        if (streaming) {
            send(form.chunk(form.piece("", tokens, scored()), choice.index(), Optional.of(choice.reason())));
        }
        if (open == 0) {
            complete();
        }
    }

    @Override
    public synchronized void failed(Throwable failure) {
        if (over) {
            return;
        }
        over = true;
        jobs.forEach(Job::cancel);
        ApiError error = ApiError.server(failure instanceof LatheException || failure instanceof OutOfMemoryError
                ? String.valueOf(failure.getMessage())
                : "Lathe has a bug: " + failure + ".");
        if (streaming) {
            call.log("failed", error.getMessage());
            send(error.json());
            call.exchange().endEvents();
        } else {
            call.fail(error);
        }
    }

    private void complete() {
        over = true;
        Usage usage = usage();
        if (!streaming) {
            call.respond(200, form.whole(choices, scored(), usage), note(usage));
            return;
        }
        if (wanted.countsLast()) {
            send(form.count(usage));
        }
        call.log("200", note(usage));
        call.exchange().event("[DONE]");
        call.exchange().endEvents();
    }

    private synchronized void gone() {
        if (!over) {
            over = true;
            jobs.forEach(Job::cancel);
            call.log("cancelled", "the client went away; " + note(usage()));
        }
    }

    private boolean scored() {
        return wanted.top().isPresent();
    }

    private Usage usage() {
        return new Usage(prompts.stream().mapToInt(prompt -> prompt.ids().length).sum(),
                choices.stream().mapToInt(Choice::generated).sum());
    }

    private static String note(Usage usage) {
        return usage.prompt() + " prompt tokens, " + usage.generated() + " new";
    }

    private void send(JsonObject event) {
        call.exchange().event(event.toString());
    }
}
