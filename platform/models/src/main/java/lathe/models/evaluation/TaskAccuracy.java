package lathe.models.evaluation;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;

import lathe.models.generation.Generation;
import lathe.models.generation.GenerationRequest;
import lathe.models.generation.Generator;
import lathe.models.generation.Sampling;
import lathe.models.generation.TokenListener;
import lathe.models.tokenizer.Tokenizer;
import lathe.models.transformer.RunnableModel;
import lathe.spi.Progress;
import lathe.spi.graph.Measurement;
import lathe.spi.graph.Task.Sample;
import lathe.spi.tensor.Scope;

/**
 * Whether a model answers questions: the greedy continuation of the prompt, through the cache, must start with the answer.
 * The begin token, if the model has one, comes before the prompt.
 */
public final class TaskAccuracy {
    private static final int TOGETHER = 16;

    private final RunnableModel model;
    private final Tokenizer tokenizer;
    private final Scope scope;

    /**
     * @param model     who answers
     * @param tokenizer the model's
     * @param scope     where intermediate tensors live
     */
    public TaskAccuracy(RunnableModel model, Tokenizer tokenizer, Scope scope) {
        this.model = requireNonNull(model, "model is null");
        this.tokenizer = requireNonNull(tokenizer, "tokenizer is null");
        this.scope = requireNonNull(scope, "scope is null");
    }

    /**
     * Asks.
     *
     * @param samples  questions with answers
     * @param progress told after every few questions
     * @return which of them were answered right
     */
    public boolean[] hits(List<Sample> samples, Progress progress) {
        boolean[] hits = new boolean[samples.size()];
        for (int from = 0; from < samples.size(); from += TOGETHER) {
            List<Sample> some = samples.subList(from, Math.min(samples.size(), from + TOGETHER));
            List<GenerationRequest> requests = new ArrayList<>();
            some.forEach(sample -> requests.add(request(sample)));
            List<Generation> answers = new Generator(model, scope).generate(requests, TokenListener.ALL);
            for (int i = 0; i < some.size(); i++) {
                String answer = tokenizer.decode(answers.get(i).tokens(), true);
                hits[from + i] = answer.strip().startsWith(some.get(i).answer().strip());
            }
            progress.update(from + some.size(), samples.size(), "questions");
        }
        return hits;
    }

    /**
     * Asks and counts.
     *
     * @param task     name of the task
     * @param samples  questions with answers
     * @param progress told after every few questions
     * @return the fraction answered right with its 95 % interval
     */
    public Measurement measure(String task, List<Sample> samples, Progress progress) {
        boolean[] hits = hits(samples, progress);
        int right = 0;
        for (boolean hit : hits) {
            right += hit ? 1 : 0;
        }
        return Intervals.ofFraction("accuracy", task, right, hits.length);
    }

    private GenerationRequest request(Sample sample) {
        int[] plain = tokenizer.encodePlain(sample.prompt());
        int[] prompt = plain;
        if (tokenizer.special().begin().isPresent()) {
            prompt = new int[plain.length + 1];
            prompt[0] = tokenizer.special().begin().getAsInt();
            System.arraycopy(plain, 0, prompt, 1, plain.length);
        }
        // The answer alone may be cut into other tokens than after the prompt: a few more make sure that it fits.
        int most = tokenizer.encodePlain(sample.prompt() + sample.answer()).length - plain.length + 2;
        return new GenerationRequest(prompt, Math.max(1, most), Sampling.GREEDY,
                tokenizer.special().ends(), 0);
    }
}
