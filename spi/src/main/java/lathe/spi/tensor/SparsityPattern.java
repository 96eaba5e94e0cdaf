package lathe.spi.tensor;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where zeros may stand in a row: anywhere, or exactly {@code zeros} in every group of {@code group} consecutive columns.
 *
 * @param zeros zeros in every group, 0 for unstructured
 * @param group columns of a group, 0 for unstructured
 */
public record SparsityPattern(int zeros, int group) {
    /** Zeros anywhere. */
    public static final SparsityPattern UNSTRUCTURED = new SparsityPattern(0, 0);

    private static final Pattern N_OF_M = Pattern.compile("(\\d{1,4}):(\\d{1,4})");

    /** Checks that a group keeps something and loses something. */
    public SparsityPattern {
        boolean unstructured = zeros == 0 && group == 0;
        if (!unstructured && (zeros < 1 || zeros >= group)) {
            throw new IllegalArgumentException(
                    "A pattern n:m needs 1 <= n < m, for instance 2:4, but this is " + zeros + ":" + group + ".");
        }
    }

    /**
     * Reads the HOCON spelling.
     *
     * @param text {@code unstructured} or {@code n:m}, where n of every m consecutive inputs are zero
     * @return the pattern
     */
    public static SparsityPattern parse(String text) {
        if (text.equals("unstructured")) {
            return UNSTRUCTURED;
        }
        Matcher matcher = N_OF_M.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "'" + text + "' is no sparsity pattern: write unstructured or n:m such as 2:4.");
        }
        return new SparsityPattern(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
    }

    /**
     * Whether zeros may stand in groups only.
     *
     * @return true for n:m
     */
    public boolean isGrouped() {
        return group > 0;
    }

    /**
     * The share of zeros that the pattern fixes.
     *
     * @return n/m, empty when unstructured
     */
    public Optional<Double> sparsity() {
        return isGrouped() ? Optional.of((double) zeros / group) : Optional.empty();
    }

    @Override
    public String toString() {
        return isGrouped() ? zeros + ":" + group : "unstructured";
    }
}
