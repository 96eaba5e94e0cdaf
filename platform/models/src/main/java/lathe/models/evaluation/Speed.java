package lathe.models.evaluation;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Arrays;
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
 * How fast a model is through its cache, for one sequence: the first tokens of the text as the prompt, then greedy
 * decoding. Runs after one that is not counted; mean and 95 % interval over the runs.
 */
public final class Speed implements Metric {
    /**
     * What is run.
     *
     * @param prompt   tokens of the prompt
     * @param generate new tokens
     * @param runs     how often
     */
    public record Settings(
            @Default("512") @Range("[1, inf)") int prompt,
            @Default("64") @Range("[2, inf)") int generate,
            @Default("3") @Range("[1, inf)") int runs) {}

    /** What is measured. */
    public enum Of {
        /** Prompt tokens a second. */
        PREFILL,
        /** New tokens a second. */
        DECODE,
        /** Seconds from the prompt to the first new token. */
        FIRST_TOKEN,
        /** Bytes of the cache after the run. */
        CACHE_BYTES
    }

    /** One run. */
    private record Run(double promptSeconds, double decodeSeconds, long cacheBytes) {}

    private final Settings settings;
    private final Of what;

    /**
     * @param settings what is run
     * @param what     what is measured
     */
    public Speed(Settings settings, Of what) {
        this.settings = requireNonNull(settings, "settings is null");
        this.what = requireNonNull(what, "what is null");
    }

    @Override
    public boolean wantsQuiet() {
        return true;
    }

    @Override
    public List<Measurement> measure(MetricScene scene) {
        if (scene.tokens().length < settings.prompt()) {
            throw new LatheException("The text has " + scene.tokens().length + " tokens, too few for a prompt of "
                    + settings.prompt() + ".");
        }
        int[] prompt = Arrays.copyOf(scene.tokens(), settings.prompt());
        List<Double> values = new ArrayList<>();
        int runs = what == Of.CACHE_BYTES ? 1 : settings.runs();
        if (what != Of.CACHE_BYTES) {
            run(scene, prompt);
        }
        for (int i = 0; i < runs; i++) {
            values.add(value(run(scene, prompt)));
            scene.progress().update(i + 1, runs, name());
        }
        double mean = values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
        Optional<Double> error = Intervals.ofMean(values);
        String protocol = "prompt-" + settings.prompt() + "-generate-" + settings.generate();
        return List.of(new Measurement(name(), protocol, mean, unit(), error.map(half -> mean - half),
                error.map(half -> mean + half)));
    }

    private double value(Run run) {
        return switch (what) {
            case PREFILL -> settings.prompt() / run.promptSeconds();
            case DECODE -> (settings.generate() - 1) / run.decodeSeconds();
            case FIRST_TOKEN -> run.promptSeconds();
            case CACHE_BYTES -> run.cacheBytes();
        };
    }

    private String name() {
        return switch (what) {
            case PREFILL -> "prefill-speed";
            case DECODE -> "decode-speed";
            case FIRST_TOKEN -> "time-to-first-token";
            case CACHE_BYTES -> "cache-bytes";
        };
    }

    private String unit() {
        return switch (what) {
            case PREFILL, DECODE -> "tokens/s";
            case FIRST_TOKEN -> "s";
            case CACHE_BYTES -> "bytes";
        };
    }

    private Run run(MetricScene scene, int[] prompt) {
        try (LanguageModel.Session session = scene.subject().openFor(prompt.length + settings.generate())) {
            long start = System.nanoTime();
            int token = advance(scene, session, prompt);
            long prompted = System.nanoTime();
            for (int i = 1; i < settings.generate(); i++) {
                token = advance(scene, session, new int[] {token});
            }
            return new Run((prompted - start) * 1e-9, (System.nanoTime() - prompted) * 1e-9, session.cacheBytes());
        }
    }

    private static int advance(MetricScene scene, LanguageModel.Session session, int[] tokens) {
        try (Scope local = scene.scope().child()) {
            Tensor logits = session.advance(tokens, local);
            return logits.in(local).topK(1).toInts()[0];
        }
    }
}
