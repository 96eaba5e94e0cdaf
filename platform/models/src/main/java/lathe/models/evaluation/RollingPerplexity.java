package lathe.models.evaluation;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import lathe.models.tokenizer.Tokenizer;
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
 * Perplexities that do not depend on the tokenizer, as lm-evaluation-harness counts them: the loss of all tokens of all
 * documents ({@link RollingWindows}) over their words ({@code word-perplexity}, words between white space) and over their
 * bytes in UTF-8 ({@code byte-perplexity}, and {@code bits-per-byte} with the logarithm to base 2). The interval is that of
 * the mean over documents where there are several, else over windows (1.96 standard errors of the ratio).
 */
public final class RollingPerplexity implements Metric {
    /** White space of Python's regular expressions: Unicode's and the four separators of ASCII. */
    private static final Pattern SPACES = Pattern.compile("[\\s\\x1c-\\x1f]+", Pattern.UNICODE_CHARACTER_CLASS);
    private static final double NORMAL_95 = 1.96;

    /**
     * Settings.
     *
     * @param window    tokens of a window; all positions of the model if not given
     * @param documents documents at most, 0 for all
     * @param begin     the token before a document; the model's begin token, or its first end token, if not given
     */
    public record Settings(
            @Range("[2, inf)") Optional<Integer> window,
            @Default("0") @Range("[0, inf)") int documents,
            @Range("[0, inf)") Optional<Integer> begin) {
        /** Checks that nothing is null. */
        public Settings {
            requireNonNull(window, "window is null");
            requireNonNull(begin, "begin is null");
        }
    }

    private final Settings settings;

    /**
     * @param settings how the text is cut
     */
    public RollingPerplexity(Settings settings) {
        this.settings = requireNonNull(settings, "settings is null");
    }

    /** A part of the text whose loss counts together. */
    private record Piece(double loss, double words, double bytes) {}

    @Override
    public List<Measurement> measure(MetricScene scene) {
        if (!(scene instanceof TokenizedScene words) || scene.documents().isEmpty()) {
            throw new LatheException("Words and bytes can be counted of a text only, and this evaluation has none but "
                    + "tokens.");
        }
        List<String> documents = scene.documents().stream().filter(document -> !document.isEmpty())
                .limit(settings.documents() == 0 ? Long.MAX_VALUE : settings.documents()).toList();
        LanguageModel model = scene.subject();
        int window = Math.min(settings.window().orElse(Integer.MAX_VALUE), model.info().contextLength());
        List<Piece> pieces = new ArrayList<>();
        for (int i = 0; i < documents.size(); i++) {
            pieces.addAll(pieces(scene, words.tokenizer(), documents.get(i), window, documents.size() == 1));
            scene.progress().update(i + 1, documents.size(), "perplexity");
        }
        return measurements(pieces, "rolling-" + window);
    }

    private List<Measurement> measurements(List<Piece> pieces, String protocol) {
        double loss = pieces.stream().mapToDouble(Piece::loss).sum();
        double words = pieces.stream().mapToDouble(Piece::words).sum();
        double bytes = pieces.stream().mapToDouble(Piece::bytes).sum();
        Optional<Double> perWord = error(pieces.stream().mapToDouble(Piece::words).toArray(), pieces);
        Optional<Double> perByte = error(pieces.stream().mapToDouble(Piece::bytes).toArray(), pieces);
        double bits = loss / bytes / Math.log(2);
        Optional<Double> bitError = perByte.map(half -> half / Math.log(2));
        return List.of(exponential("word-perplexity", protocol, loss / words, perWord),
                exponential("byte-perplexity", protocol, loss / bytes, perByte),
                new Measurement("bits-per-byte", protocol, bits, "bits", bitError.map(half -> bits - half),
                        bitError.map(half -> bits + half)));
    }

    private static Measurement exponential(String metric, String protocol, double mean, Optional<Double> error) {
        return new Measurement(metric, protocol, Math.exp(mean), "", error.map(half -> Math.exp(mean - half)),
                error.map(half -> Math.exp(mean + half)));
    }

    /** Half the 95 % interval of sum(loss) / sum(units), by the usual linearisation of a ratio of means. */
    private static Optional<Double> error(double[] units, List<Piece> pieces) {
        int n = units.length;
        if (n < 2) {
            return Optional.empty();
        }
        double total = Arrays.stream(units).sum();
        double ratio = pieces.stream().mapToDouble(Piece::loss).sum() / total;
        double squares = 0;
        for (int i = 0; i < n; i++) {
            double residual = pieces.get(i).loss() - ratio * units[i];
            squares += residual * residual;
        }
        return Optional.of(NORMAL_95 * Math.sqrt(squares * n / (n - 1.0)) / total);
    }

    /** A document as one piece, or as its windows with their share of its words and bytes by tokens. */
    private List<Piece> pieces(MetricScene scene, Tokenizer tokenizer, String document, int window, boolean alone) {
        int[] tokens = tokenizer.encodePlain(document);
        List<RollingWindows.Window> windows = RollingWindows.of(tokens, begin(tokenizer), window);
        double[] losses = losses(scene, windows);
        double words = words(document);
        double bytes = document.getBytes(StandardCharsets.UTF_8).length;
        if (!alone) {
            return List.of(new Piece(Arrays.stream(losses).sum(), words, bytes));
        }
        List<Piece> pieces = new ArrayList<>();
        for (int i = 0; i < losses.length; i++) {
            double share = (double) windows.get(i).predicted() / tokens.length;
            pieces.add(new Piece(losses[i], words * share, bytes * share));
        }
        return pieces;
    }

    private static double[] losses(MetricScene scene, List<RollingWindows.Window> windows) {
        LanguageModel model = scene.subject();
        double[] losses = new double[windows.size()];
        for (int from = 0; from < losses.length;) {
            int length = windows.get(from).input().length - 1;
            int together = Windows.together(length, model.info().vocabulary());
            int to = Math.min(losses.length, from + together);
            List<RollingWindows.Window> some = windows.subList(from, to);
            try (Scope local = scene.scope().child()) {
                List<Tensor> logits = model.logits(some.stream()
                        .map(window -> Arrays.copyOf(window.input(), window.input().length - 1)).toList(), local);
                for (int i = 0; i < some.size(); i++) {
                    RollingWindows.Window window = some.get(i);
                    Tensor predicting = logits.get(i).slice(0, window.first() - 1, window.input().length - 1);
                    losses[from + i] = Loss.sum(predicting, window.input(), window.first());
                }
            }
            from = to;
        }
        return losses;
    }

    /** Pieces between white space, as a split by it counts them: white space at an end makes an empty piece. */
    static int words(String document) {
        int count = 1;
        for (Matcher spaces = SPACES.matcher(document); spaces.find();) {
            count++;
        }
        return count;
    }

    private int begin(Tokenizer tokenizer) {
        if (settings.begin().isPresent()) {
            return settings.begin().get();
        }
        OptionalInt begin = tokenizer.special().begin();
        return begin.isPresent() ? begin.getAsInt()
                : tokenizer.special().ends().stream().sorted().findFirst().orElseThrow(() -> new LatheException(
                        "The tokenizer has no begin token and no end token to put before a document; give one as "
                                + "'begin'."));
    }
}
