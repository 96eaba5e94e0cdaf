package lathe.models.evaluation;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;

import lathe.models.generation.TokenScore;
import lathe.models.tokenizer.Tokenizer;
import lathe.spi.Progress;
import lathe.spi.graph.LanguageModel;
import lathe.spi.graph.Measurement;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Questions with given answers: the model chooses the answer whose tokens are most likely after the context, in sum
 * ({@code acc}) or a byte of the answer ({@code acc_norm}), as lm-evaluation-harness counts.
 */
public final class MultipleChoice {
    private final LanguageModel model;
    private final Tokenizer tokenizer;
    private final Scope scope;

    /**
     * A question.
     *
     * @param context what stands before the answer
     * @param choices the answers, each with the blank before it if there is one
     * @param right   which is right, from 0
     */
    public record Question(String context, List<String> choices, int right) {
        /** Copies the choices. */
        public Question {
            requireNonNull(context, "context is null");
            choices = List.copyOf(choices);
            if (right < 0 || right >= choices.size()) {
                throw new IllegalArgumentException("Answer " + right + " of " + choices.size() + " does not exist.");
            }
        }
    }

    /**
     * @param model     who chooses
     * @param tokenizer the model's
     * @param scope     where intermediate tensors live
     */
    public MultipleChoice(LanguageModel model, Tokenizer tokenizer, Scope scope) {
        this.model = requireNonNull(model, "model is null");
        this.tokenizer = requireNonNull(tokenizer, "tokenizer is null");
        this.scope = requireNonNull(scope, "scope is null");
    }

    /**
     * Log-likelihood of a continuation.
     *
     * @param context      what stands before it
     * @param continuation the text that is judged
     * @return sum of ln p over its tokens
     */
    public double logLikelihood(String context, String continuation) {
        // Blanks at the end of the context belong to the continuation's first token.
        String stripped = context.stripTrailing();
        int[] before = tokenizer.encode(stripped);
        int[] whole = tokenizer.encode(context + continuation);
        int from = Math.max(1, Math.min(before.length, whole.length - 1));
        try (Scope local = scope.child()) {
            Tensor logits = model.logits(whole, local);
            return TokenScore.of(logits, whole, from, 0).stream().mapToDouble(TokenScore::logProbability).sum();
        }
    }

    /**
     * Asks all questions.
     *
     * @param task      name of the task
     * @param questions at least one
     * @param progress  told after every question
     * @return acc and acc_norm with their 95 % intervals
     */
    public List<Measurement> measure(String task, List<Question> questions, Progress progress) {
        int right = 0;
        int rightByByte = 0;
        for (int i = 0; i < questions.size(); i++) {
            Question question = questions.get(i);
            List<Double> sums = new ArrayList<>();
            List<Double> means = new ArrayList<>();
            for (String choice : question.choices()) {
                double sum = logLikelihood(question.context(), choice);
                sums.add(sum);
                means.add(sum / choice.getBytes(java.nio.charset.StandardCharsets.UTF_8).length);
            }
            right += largest(sums) == question.right() ? 1 : 0;
            rightByByte += largest(means) == question.right() ? 1 : 0;
            progress.update(i + 1, questions.size(), task);
        }
        return List.of(Intervals.ofFraction("acc", task, right, questions.size()),
                Intervals.ofFraction("acc_norm", task, rightByByte, questions.size()));
    }

    private static int largest(List<Double> values) {
        int best = 0;
        for (int i = 1; i < values.size(); i++) {
            best = values.get(i) > values.get(best) ? i : best;
        }
        return best;
    }
}
