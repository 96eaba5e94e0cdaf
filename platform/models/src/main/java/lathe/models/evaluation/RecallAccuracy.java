package lathe.models.evaluation;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

import lathe.spi.Default;
import lathe.spi.LatheException;
import lathe.spi.Range;
import lathe.spi.Services;
import lathe.spi.graph.LanguageModel;
import lathe.spi.graph.Measurement;
import lathe.spi.graph.Metric;
import lathe.spi.graph.MetricScene;
import lathe.spi.tensor.Scope;

/**
 * Multi-query associative recall ({@link AssociativeRecall}): the share of queries at which the best token of the whole
 * vocabulary is the value of the key, mean over examples. Only models that were trained on the task can know it.
 */
public final class RecallAccuracy implements Metric {
    /**
     * Which examples, and how they are run.
     *
     * @param vocabulary       tokens of the task, at most the model's; the model's if not given
     * @param length           tokens of an example, even
     * @param pairs            pairs of key and value, at most length / 4
     * @param powerA           law of the gaps between pair and query; 1 is uniform
     * @param randomNonQueries whether filler is random instead of 0
     * @param examples         how many
     * @param throughTheCache  token by token, so that a cache policy is judged; else in one prefill pass
     */
    public record Settings(
            @Range("[4, inf)") Optional<Integer> vocabulary,
            @Default("64") @Range("[4, inf)") int length,
            @Default("8") @Range("[1, inf)") int pairs,
            @Default("0.01") @Range("(0, inf)") double powerA,
            @Default("true") boolean randomNonQueries,
            @Default("100") @Range("[1, inf)") int examples,
            @Default("false") boolean throughTheCache) {
        /** Checks that nothing is null. */
        public Settings {
            requireNonNull(vocabulary, "vocabulary is null");
        }
    }

    private final Settings settings;
    private final Services services;

    /**
     * @param settings which examples
     * @param services draws them
     */
    public RecallAccuracy(Settings settings, Services services) {
        this.settings = requireNonNull(settings, "settings is null");
        this.services = requireNonNull(services, "services is null");
    }

    @Override
    public List<Measurement> measure(MetricScene scene) {
        int known = scene.subject().info().vocabulary();
        int vocabulary = settings.vocabulary().orElse(known);
        if (vocabulary > known) {
            throw new LatheException("Associative recall with a vocabulary of " + vocabulary + " cannot be asked of "
                    + scene.subject().info().name() + ", which has " + known + " tokens.");
        }
        AssociativeRecall.Settings law = new AssociativeRecall.Settings(vocabulary, settings.length(),
                settings.pairs(), settings.powerA(), settings.randomNonQueries());
        List<Double> shares = new ArrayList<>();
        for (AssociativeRecall.Example example : AssociativeRecall.examples(law, settings.examples(),
                services.random().stream("mqar", 0))) {
            shares.add(AssociativeRecall.accuracy(predictions(scene, example), example.labels()));
            scene.progress().update(shares.size(), settings.examples(), "mqar");
        }
        double mean = shares.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
        Optional<Double> error = Intervals.ofMean(shares);
        return List.of(new Measurement("mqar", protocol(vocabulary), mean, "",
                error.map(half -> Math.max(0, mean - half)), error.map(half -> Math.min(1, mean + half))));
    }

    private String protocol(int vocabulary) {
        return "v" + vocabulary + "-l" + settings.length() + "-d" + settings.pairs() + "-a" + settings.powerA()
                + (settings.randomNonQueries() ? "-filled" : "") + (settings.throughTheCache() ? "-cached" : "");
    }

    /** Best tokens, right at the queries; elsewhere what does not matter. */
    private int[] predictions(MetricScene scene, AssociativeRecall.Example example) {
        int[] best = new int[example.input().length];
        if (!settings.throughTheCache()) {
            try (Scope local = scene.scope().child()) {
                return scene.subject().logits(example.input(), local).in(local).topK(1).toInts();
            }
        }
        try (LanguageModel.Session session = scene.subject().openFor(example.input().length)) {
            int last = example.queries()[example.queries().length - 1];
            for (int i = 0; i <= last; i++) {
                try (Scope local = scene.scope().child()) {
                    best[i] = session.advance(Arrays.copyOfRange(example.input(), i, i + 1), local).in(local).topK(1)
                            .toInts()[0];
                }
            }
        }
        return best;
    }
}
