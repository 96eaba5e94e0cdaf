package lathe.models.evaluation;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import lathe.spi.Default;
import lathe.spi.LatheException;
import lathe.spi.Range;
import lathe.spi.graph.LanguageModel;
import lathe.spi.graph.Measurement;
import lathe.spi.graph.Metric;
import lathe.spi.graph.MetricScene;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * How much worse a model predicts than the reference, window by window over the same text: d_w is the difference of the
 * windows' mean losses. The interval is that of the mean of d_w (1.96 standard errors), which is far narrower than those of
 * the two models alone, because hard windows are hard for both. The reference itself gets no number.
 */
public final class PairedLoss implements Metric {
    /**
     * The text that is looked at.
     *
     * @param window  tokens of a window
     * @param windows windows at most; 0 for the whole text
     */
    public record Settings(@Default("512") @Range("[2, inf)") int window,
            @Default("40") @Range("[0, inf)") int windows) {}

    /** What is told of the difference. */
    public enum Of {
        /** The mean of d_w, in nats a token. */
        DIFFERENCE,
        /** exp of it: the ratio of the perplexities. */
        RATIO
    }

    private final Settings settings;
    private final Of what;

    /**
     * @param settings the text
     * @param what     what is told
     */
    public PairedLoss(Settings settings, Of what) {
        this.settings = requireNonNull(settings, "settings is null");
        this.what = requireNonNull(what, "what is null");
    }

    @Override
    public boolean isRelative() {
        return true;
    }

    @Override
    public List<Measurement> measure(MetricScene scene) {
        if (scene.reference().isEmpty()) {
            return List.of();
        }
        LanguageModel reference = scene.reference().get();
        int vocabulary = scene.subject().info().vocabulary();
        if (vocabulary != reference.info().vocabulary()) {
            throw new LatheException("The models " + scene.subject().info().name() + " and " + reference.info().name()
                    + " have other tokens, so that their losses cannot be compared.");
        }
        List<int[]> windows = Windows.of(scene.tokens(), settings.window(), settings.windows());
        int batch = Windows.together(settings.window(), vocabulary);
        List<Double> differences = new ArrayList<>();
        for (int from = 0; from < windows.size(); from += batch) {
            List<int[]> some = windows.subList(from, Math.min(windows.size(), from + batch));
            try (Scope local = scene.scope().child()) {
                List<Tensor> expected = reference.logits(some, local);
                List<Tensor> actual = scene.subject().logits(some, local);
                for (int i = 0; i < some.size(); i++) {
                    differences.add(loss(actual.get(i), some.get(i)) - loss(expected.get(i), some.get(i)));
                }
            }
            scene.progress().update(from + some.size(), windows.size(), "paired loss");
        }
        return List.of(measurement(differences));
    }

    private static double loss(Tensor logits, int[] window) {
        int predicted = window.length - 1;
        return Loss.sum(logits.slice(0, 0, predicted), window, 1) / predicted;
    }

    private Measurement measurement(List<Double> differences) {
        double mean = differences.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
        Optional<Double> error = Intervals.ofMean(differences);
        String protocol = "windowed-" + settings.window();
        return what == Of.DIFFERENCE
                ? new Measurement("loss-difference", protocol, mean, "nats", error.map(half -> mean - half),
                        error.map(half -> mean + half))
                : new Measurement("perplexity-ratio", protocol, Math.exp(mean), "",
                        error.map(half -> Math.exp(mean - half)), error.map(half -> Math.exp(mean + half)));
    }
}
