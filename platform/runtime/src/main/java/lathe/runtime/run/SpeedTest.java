package lathe.runtime.run;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

import lathe.runtime.graph.Settings;
import lathe.spi.LatheException;
import lathe.spi.graph.LanguageModel;
import lathe.spi.graph.Measurement;
import lathe.spi.tensor.Scope;

/**
 * Speed and memory of a model: a prompt, then tokens one by one, greedily. The median of the repeats counts, after one that
 * does not; the interval goes from the slowest to the fastest.
 */
final class SpeedTest {
    private final Settings.Benchmark settings;

    SpeedTest(Settings.Benchmark settings) {
        this.settings = settings;
    }

    private record Run(double promptSeconds, double decodeSeconds, long cacheBytes) {}

    List<Measurement> measure(JudgeScene scene) {
        int[] prompt = prompt(scene);
        run(scene, prompt);
        List<Run> runs = new ArrayList<>();
        for (int i = 0; i < settings.repeats(); i++) {
            runs.add(run(scene, prompt));
            scene.progress().update(i + 1, settings.repeats(), "run");
        }
        String protocol = "prompt-" + settings.prompt() + "-generate-" + settings.generate();
        LanguageModel model = scene.subject();
        return List.of(
                Measurement.of("bytes", "", model.weightBytes(), "bytes"),
                Measurement.of("cache-bytes", protocol, runs.getFirst().cacheBytes(), "bytes"),
                spread("prefill-speed", protocol, "tokens/s", runs, run -> settings.prompt() / run.promptSeconds()),
                spread("decode-speed", protocol, "tokens/s", runs,
                        run -> (settings.generate() - 1) / run.decodeSeconds()),
                spread("time-to-first-token", protocol, "s", runs, Run::promptSeconds));
    }

    private static Measurement spread(
            String metric, String protocol, String unit, List<Run> runs, ToDoubleFunction<Run> of) {
        double[] sorted = runs.stream().mapToDouble(of).sorted().toArray();
        int middle = sorted.length / 2;
        double median = sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        boolean several = sorted.length > 1;
        return new Measurement(metric, protocol, median, unit, several ? Optional.of(sorted[0]) : Optional.empty(),
                several ? Optional.of(sorted[sorted.length - 1]) : Optional.empty());
    }

    private int[] prompt(JudgeScene scene) {
        if (scene.tokens().length == 0) {
            int vocabulary = scene.subject().info().vocabulary();
            int[] numbered = new int[settings.prompt()];
            Arrays.setAll(numbered, i -> (int) ((i * 7919L + 13) % vocabulary));
            return numbered;
        }
        if (scene.tokens().length < settings.prompt()) {
            throw new LatheException("The text has " + scene.tokens().length + " tokens, too few for a prompt of "
                    + settings.prompt() + ".");
        }
        return Arrays.copyOf(scene.tokens(), settings.prompt());
    }

    private Run run(JudgeScene scene, int[] prompt) {
        try (LanguageModel.Session session = scene.subject().openFor(prompt.length + settings.generate())) {
            long start = System.nanoTime();
            int token = next(scene, session, prompt);
            long prompted = System.nanoTime();
            for (int i = 1; i < settings.generate(); i++) {
                token = next(scene, session, new int[] {token});
            }
            return new Run((prompted - start) * 1e-9, (System.nanoTime() - prompted) * 1e-9, session.cacheBytes());
        }
    }

    private static int next(JudgeScene scene, LanguageModel.Session session, int[] tokens) {
        try (Scope local = scene.scope().child()) {
            return session.advance(tokens, local).in(local).topK(1).toInts()[0];
        }
    }
}
