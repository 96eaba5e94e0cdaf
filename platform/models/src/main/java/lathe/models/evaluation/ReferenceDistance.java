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
        if (scene.reference().isEmpty()) {
            return List.of();
        }
        LanguageModel reference = scene.reference().get();
        int vocabulary = reference.info().vocabulary();
        if (vocabulary != scene.subject().info().vocabulary()) {
            throw new LatheException("The models " + scene.subject().info().name() + " and " + reference.info().name()
                    + " have " + scene.subject().info().vocabulary() + " and " + vocabulary
                    + " tokens; only models of one vocabulary can be compared token by token.");
        }
        List<int[]> windows = Windows.of(scene.tokens(), settings.window(), settings.windows());
        int batch = Windows.together(settings.window(), vocabulary);
        List<Double> means = new ArrayList<>();
        for (int from = 0; from < windows.size(); from += batch) {
            List<int[]> some = windows.subList(from, Math.min(windows.size(), from + batch));
            try (Scope local = scene.scope().child()) {
                List<Tensor> expected = reference.logits(some, local);
                List<Tensor> actual = scene.subject().logits(some, local);
                for (int i = 0; i < some.size(); i++) {
                    means.add(mean(expected.get(i), actual.get(i), local));
                }
            }
            scene.progress().update(from + some.size(), windows.size(), name());
        }
        double mean = means.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
        Optional<Double> error = Intervals.ofMean(means);
        return List.of(new Measurement(name(), "windowed-" + settings.window(), mean,
                distance == Distance.KL ? "nats" : "", error.map(half -> mean - half),
                error.map(half -> mean + half)));
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
