package lathe.models.evaluation;

import static java.util.Objects.requireNonNull;

import java.util.List;

import lathe.spi.Default;
import lathe.spi.Range;
import lathe.spi.graph.Measurement;
import lathe.spi.graph.Metric;
import lathe.spi.graph.MetricScene;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * How far a model's predictions are from the reference's, over the positions of windows side by side: the mean of
 * KL(reference || subject) in nats, or the fraction of positions where both have the same best token. The reference
 * itself gets no number.
 */
public final class ReferenceDistance implements Metric {
    /**
     * The text that is looked at.
     *
     * @param window  tokens of a window
     * @param windows windows at most; 0 for the whole text
     */
    public record Settings(@Default("512") @Range("[2, inf)") int window,
            @Default("10") @Range("[0, inf)") int windows) {}

    /** What is measured. */
    public enum Distance {
        /** Kullback-Leibler divergence of the reference from the subject. */
        KL,
        /** Agreement of the best tokens. */
        TOP1
    }

    private final Settings settings;
    private final Distance distance;

    /**
     * @param settings the text
     * @param distance what is measured
     */
    public ReferenceDistance(Settings settings, Distance distance) {
        this.settings = requireNonNull(settings, "settings is null");
        this.distance = requireNonNull(distance, "distance is null");
    }

    @Override
    public boolean isRelative() {
        return true;
    }

    @Override
    public List<Measurement> measure(MetricScene scene) {
        return BesideReference.of(scene, settings.window(), settings.windows(), name(),
                (expected, actual, window, scope) -> mean(expected, actual, scope))
                .map(means -> means.measurement(name(), "windowed-" + settings.window(),
                        distance == Distance.KL ? "nats" : ""))
                .stream()
                .toList();
    }

    private String name() {
        return distance == Distance.KL ? "kl" : "top1-agreement";
    }

    private double mean(Tensor expected, Tensor actual, Scope scope) {
        return distance == Distance.KL
                ? divergence(expected.in(scope), actual.in(scope))
                : agreement(expected.in(scope).topK(1).toInts(), actual.in(scope).topK(1).toInts());
    }

    /** Mean over rows of sum p (ln p - ln q). */
    private static double divergence(Tensor expected, Tensor actual) {
        Tensor difference = expected.subtract(actual);
        float[] weighted = expected.softmax().multiply(difference).sum(-1).toFloats();
        float[] expectedNormaliser = expected.logSumExp().toFloats();
        float[] actualNormaliser = actual.logSumExp().toFloats();
        double sum = 0;
        for (int row = 0; row < weighted.length; row++) {
            sum += (double) weighted[row] - expectedNormaliser[row] + actualNormaliser[row];
        }
        return sum / weighted.length;
    }

    private static double agreement(int[] expected, int[] actual) {
        int same = 0;
        for (int row = 0; row < expected.length; row++) {
            same += expected[row] == actual[row] ? 1 : 0;
        }
        return (double) same / expected.length;
    }
}
