package lathe.runtime.registry;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Finds the names that someone may have meant who mistyped one. */
public final class NearestNames {
    private static final int MOST = 3;

    private NearestNames() {}

    /**
     * The known names that lie closest to a given one.
     *
     * @param name  what was typed
     * @param known what exists
     * @return at most three names, the closest first; empty if none is similar
     */
    public static List<String> of(String name, Collection<String> known) {
        int limit = Math.max(2, name.length() / 3);
        return known.stream()
                .distinct()
                .filter(candidate -> distance(name, candidate) <= limit || contains(name, candidate))
                .sorted(Comparator.<String>comparingInt(candidate -> distance(name, candidate))
                        .thenComparing(Comparator.naturalOrder()))
                .limit(MOST)
                .toList();
    }

    /**
     * A half sentence that helps: {@code " Did you mean wanda?"}, or nothing if no name is similar.
     *
     * @param name  what was typed
     * @param known what exists
     * @return a sentence with a leading blank, or an empty string
     */
    public static String hint(String name, Collection<String> known) {
        List<String> near = of(name, known);
        return near.isEmpty() ? "" : " Did you mean " + String.join(" or ", near) + "?";
    }

    /**
     * Whether a name is a known one with a slip of the fingers: one or two edits away, no more.
     *
     * @param name  what was typed
     * @param known what exists
     * @return true if it is meant to be one of them, most likely
     */
    public static boolean isTypo(String name, Collection<String> known) {
        return known.stream().anyMatch(candidate -> distance(name, candidate) <= Math.min(2, candidate.length() / 3));
    }

    private static boolean contains(String name, String candidate) {
        return name.length() >= 3 && (candidate.contains(name) || name.contains(candidate) && candidate.length() >= 3);
    }

    /** Edits (insert, delete, replace, swap of neighbours) that turn one word into the other, ignoring case. */
    static int distance(String left, String right) {
        String a = left.toLowerCase(Locale.ROOT);
        String b = right.toLowerCase(Locale.ROOT);
        int[][] edits = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                edits[i][j] = i == 0 || j == 0 ? i + j : cheapest(edits, a, b, i, j);
            }
        }
        return edits[a.length()][b.length()];
    }

    private static int cheapest(int[][] edits, String a, String b, int i, int j) {
        int replace = edits[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        int best = Math.min(replace, 1 + Math.min(edits[i - 1][j], edits[i][j - 1]));
        boolean swapped = i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
        return swapped ? Math.min(best, edits[i - 2][j - 2] + 1) : best;
    }
}
