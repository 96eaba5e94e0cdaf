package lathe.models.evaluation;

import static java.util.Objects.requireNonNull;

import java.util.List;

import lathe.spi.Default;
import lathe.spi.Range;
import lathe.spi.graph.Measurement;
import lathe.spi.graph.Metric;
import lathe.spi.graph.MetricScene;
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
        return BesideReference.of(scene, settings.window(), settings.windows(), "paired loss",
                (expected, actual, window, scope) -> loss(actual, window) - loss(expected, window))
                .map(this::measurement)
                .stream()
                .toList();
    }

    private static double loss(Tensor logits, int[] window) {
        int predicted = window.length - 1;
        return Loss.sum(logits.slice(0, 0, predicted), window, 1) / predicted;
    }

    private Measurement measurement(BesideReference losses) {
        String protocol = "windowed-" + settings.window();
        return what == Of.DIFFERENCE
                ? losses.measurement("loss-difference", protocol, "nats")
                : losses.exponential("perplexity-ratio", protocol);
    }
}
