package lathe.report;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * The sorts of plot an experiment can ask for.
 */
public enum PlotKind {
    /** Points of two metrics with the front of those that nothing beats in both. */
    PARETO,
    /** A metric along a sweep key, one line a subject. */
    LINE,
    /** A metric, one bar a subject. */
    BAR,
    /** A metric over two sweep keys, as colours. */
    HEATMAP;

    /**
     * @return the word in experiment files: the name in lower case
     */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * @param word the value of {@code kind} in an experiment file
     * @return its kind; empty when there is no such kind
     */
    public static Optional<PlotKind> ofWord(String word) {
        return Arrays.stream(values()).filter(kind -> kind.word().equals(word)).findFirst();
    }
}
