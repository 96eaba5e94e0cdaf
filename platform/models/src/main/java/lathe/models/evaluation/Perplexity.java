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
 * exp of the mean negative log-likelihood of the next token, under a named protocol:
 *
 * <ul>
 * <li>{@code windowed}: windows side by side, each alone, in one prefill pass; the first token of a window is not
 * predicted.
 * <li>{@code strided}: overlapping windows; of each only the tokens that no earlier window predicted.
 * <li>{@code through-the-cache}: the windows again, but token by token through the cache: the only protocol that judges a
 * cache policy.
 * </ul>
 * The interval is that of the mean over windows (1.96 standard errors).
 */
public final class Perplexity implements Metric {
    /** How the text is cut. */
    public enum Protocol {
        /** Windows side by side. */
        WINDOWED,
        /** Overlapping windows. */
        STRIDED,
        /** Windows token by token through the cache. */
        THROUGH_THE_CACHE
    }

    /**
     * Settings of the perplexity.
     *
     * @param window   tokens of a window
     * @param windows  windows at most; 0 for the whole text
     * @param protocol how the text is cut
     * @param stride   strided: distance of windows; half a window if not given
     * @param prompt   through the cache: tokens of a window that are its prompt, taken in at once and not predicted
     * @param bos      a token put before every window, such as the model's begin token
     * @param tokens   tokens of the text that are used, 0 for all
     */
    public record Settings(
            @Default("512") @Range("[2, inf)") int window,
            @Default("40") @Range("[0, inf)") int windows,
            @Default("windowed") Protocol protocol,
            @Range("[1, inf)") Optional<Integer> stride,
            @Default("1") @Range("[1, inf)") int prompt,
            @Range("[0, inf)") Optional<Integer> bos,
            @Default("0") @Range("[0, inf)") int tokens) {
        /** Checks what is not a range of one setting. */
        public Settings {
            requireNonNull(protocol, "protocol is null");
            requireNonNull(stride, "stride is null");
            requireNonNull(bos, "bos is null");
            if (stride.isPresent() && stride.get() > window) {
                throw new LatheException("A stride of " + stride.get() + " would skip tokens between windows of "
                        + window + "; it must not be longer than the window.");
            }
            if (prompt >= window) {
                throw new LatheException("A prompt of " + prompt + " leaves nothing to predict in a window of " + window
                        + ".");
            }
        }

        /**
         * Windows side by side.
         *
         * @param window  tokens of a window
         * @param windows how many, 0 for all
         * @return the settings
         */
        public static Settings windowed(int window, int windows) {
            return new Settings(window, windows, Protocol.WINDOWED, Optional.empty(), 1, Optional.empty(), 0);
        }

        String protocolName() {
            String name = switch (protocol) {
                case WINDOWED -> "windowed-" + window;
                case STRIDED -> "strided-" + window + "-" + step();
                case THROUGH_THE_CACHE -> "through-the-cache-" + window + (prompt == 1 ? "" : "-prompt-" + prompt);
            };
            return name + (bos.isPresent() ? "-bos" : "");
        }

        int step() {
            return stride.orElse(window / 2);
        }
    }

    private final Settings settings;

    /**
     * @param settings the protocol
     */
    public Perplexity(Settings settings) {
        this.settings = requireNonNull(settings, "settings is null");
    }

    @Override
    public List<Measurement> measure(MetricScene scene) {
        Losses losses = new Losses();
        int[] text = settings.tokens() == 0 ? scene.tokens()
                : Arrays.copyOf(scene.tokens(), Math.min(settings.tokens(), scene.tokens().length));
        switch (settings.protocol()) {
            case WINDOWED -> windowed(scene, windows(text), losses);
            case STRIDED -> strided(scene, text, losses);
            case THROUGH_THE_CACHE -> throughTheCache(scene, windows(text), losses);
        }
        return List.of(losses.measurement(settings.protocolName()));
    }

    private List<int[]> windows(int[] text) {
        List<int[]> windows = Windows.of(text, settings.window(), settings.windows());
        return settings.bos().isPresent() ? Windows.after(settings.bos().get(), windows) : windows;
    }

    private void windowed(MetricScene scene, List<int[]> windows, Losses losses) {
        LanguageModel model = scene.subject();
        int batch = Windows.together(windows.getFirst().length, model.info().vocabulary());
        for (int from = 0; from < windows.size(); from += batch) {
            List<int[]> some = windows.subList(from, Math.min(windows.size(), from + batch));
            try (Scope local = scene.scope().child()) {
                List<Tensor> logits = model.logits(some, local);
                for (int i = 0; i < some.size(); i++) {
                    int predicted = some.get(i).length - 1;
                    losses.add(Loss.sum(logits.get(i).slice(0, 0, predicted), some.get(i), 1), predicted);
                }
            }
            scene.progress().update(from + some.size(), windows.size(), "perplexity");
        }
    }

    private void strided(MetricScene scene, int[] text, Losses losses) {
        int done = 1;
        int count = 0;
        for (int begin = 0; done < text.length; begin += settings.step(), count++) {
            if (settings.windows() > 0 && count == settings.windows()) {
                break;
            }
            int end = Math.min(text.length, begin + settings.window());
            int[] window = Arrays.copyOfRange(text, begin, end);
            int offset = settings.bos().isPresent() ? 1 : 0;
            int[] input = offset == 0 ? window : Windows.after(settings.bos().get(), List.of(window)).getFirst();
            try (Scope local = scene.scope().child()) {
                Tensor logits = scene.subject().logits(input, local);
                int first = done - begin + offset - 1;
                losses.add(Loss.sum(logits.slice(0, first, input.length - 1), input, first + 1), end - done);
            }
            done = end;
            scene.progress().update(done, text.length, "perplexity");
        }
    }

    private void throughTheCache(MetricScene scene, List<int[]> windows, Losses losses) {
        int batch = Math.max(1, Math.min(64, (1 << 24) / scene.subject().info().vocabulary()));
        for (int from = 0; from < windows.size(); from += batch) {
            List<int[]> some = windows.subList(from, Math.min(windows.size(), from + batch));
            tokenByToken(scene, some, losses, from, windows.size());
        }
    }

    private void tokenByToken(MetricScene scene, List<int[]> windows, Losses losses, int before, int all) {
        LanguageModel model = scene.subject();
        List<LanguageModel.Session> sessions = new ArrayList<>();
        double[] sums = new double[windows.size()];
        int length = windows.getFirst().length;
        try {
            windows.forEach(window -> sessions.add(model.openFor(length)));
            int from = 0;
            for (int to = settings.prompt(); to < length; to++) {
                try (Scope local = scene.scope().child()) {
                    int start = from;
                    int end = to;
                    Tensor logits = model.advance(sessions,
                            windows.stream().map(window -> Arrays.copyOfRange(window, start, end)).toList(), local);
                    for (int i = 0; i < sums.length; i++) {
                        sums[i] += Loss.sum(logits.slice(0, i, i + 1), windows.get(i), to);
                    }
                }
                from = to;
                scene.progress().update((long) before * length + (long) to * windows.size(), (long) all * length,
                        "perplexity");
            }
        } finally {
            sessions.forEach(LanguageModel.Session::close);
        }
        for (double sum : sums) {
            losses.add(sum, length - settings.prompt());
        }
    }

    /** Losses of windows. */
    private static final class Losses {
        private final List<Double> means = new ArrayList<>();
        private double sum;
        private long predicted;

        void add(double windowSum, int tokens) {
            sum += windowSum;
            predicted += tokens;
            means.add(windowSum / tokens);
        }

        Measurement measurement(String protocol) {
            double mean = sum / predicted;
            Optional<Double> error = Intervals.ofMean(means);
            return new Measurement("perplexity", protocol, Math.exp(mean), "",
                    error.map(half -> Math.exp(mean - half)), error.map(half -> Math.exp(mean + half)));
        }
    }
}
