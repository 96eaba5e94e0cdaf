package lathe.models.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import lathe.spi.LatheException;
import lathe.spi.graph.LanguageModel;
import lathe.spi.graph.Measurement;
import lathe.spi.graph.MetricScene;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * A model and the reference over the same windows of a text.
 *
 * @param differences what a window's logits were found to differ by, a number a window; at least one
 */
record BesideReference(List<Double> differences) {
    /** Looks at one window. */
    interface Comparison {
        /**
         * @param expected the reference's logits, [tokens, vocabulary]
         * @param actual   those of the model
         * @param window   its tokens
         * @param scope    owns what is computed
         * @return how they differ
         */
        double of(Tensor expected, Tensor actual, int[] window, Scope scope);
    }

    /**
     * Runs both models.
     *
     * @param scene      the models and the text
     * @param window     tokens of a window
     * @param most       windows at most; 0 for the whole text
     * @param title      what is done, for those who wait
     * @param comparison looks at each window
     * @return what it said; nothing where the model is the reference
     */
    static Optional<BesideReference> of(MetricScene scene, int window, int most, String title,
            Comparison comparison) {
        return scene.reference().map(reference -> {
            int batch = Windows.together(window, vocabulary(scene.subject(), reference));
            List<int[]> windows = Windows.of(scene.tokens(), window, most);
            List<Double> differences = new ArrayList<>();
            for (int from = 0; from < windows.size(); from += batch) {
                List<int[]> some = windows.subList(from, Math.min(windows.size(), from + batch));
                try (Scope local = scene.scope().child()) {
                    List<Tensor> expected = reference.logits(some, local);
                    List<Tensor> actual = scene.subject().logits(some, local);
                    for (int i = 0; i < some.size(); i++) {
                        differences.add(comparison.of(expected.get(i), actual.get(i), some.get(i), local));
                    }
                }
                scene.progress().update(from + some.size(), windows.size(), title);
            }
            return new BesideReference(differences);
        });
    }

    private static int vocabulary(LanguageModel subject, LanguageModel reference) {
        int vocabulary = reference.info().vocabulary();
        if (vocabulary != subject.info().vocabulary()) {
            throw new LatheException("The models " + subject.info().name() + " and " + reference.info().name()
                    + " have " + subject.info().vocabulary() + " and " + vocabulary
                    + " tokens; only models of one vocabulary can be compared token by token.");
        }
        return vocabulary;
    }

    double mean() {
        return differences.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
    }

    /** The mean with its interval. */
    Measurement measurement(String metric, String protocol, String unit) {
        Optional<Double> error = Intervals.ofMean(differences);
        return new Measurement(metric, protocol, mean(), unit, error.map(half -> mean() - half),
                error.map(half -> mean() + half));
    }

    /** The exponential of the mean, with its interval. */
    Measurement exponential(String metric, String protocol) {
        Optional<Double> error = Intervals.ofMean(differences);
        return new Measurement(metric, protocol, Math.exp(mean()), "", error.map(half -> Math.exp(mean() - half)),
                error.map(half -> Math.exp(mean() + half)));
    }
}
