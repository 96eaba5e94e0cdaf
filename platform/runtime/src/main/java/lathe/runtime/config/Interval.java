package lathe.runtime.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An interval of numbers, as {@link lathe.spi.Range} writes it.
 *
 * @param low      lower bound
 * @param lowOpen  whether the lower bound itself is outside
 * @param high     upper bound
 * @param highOpen whether the upper bound itself is outside
 * @param text     as written
 */
record Interval(double low, boolean lowOpen, double high, boolean highOpen, String text) {
    private static final Pattern FORM = Pattern.compile("([\\[(])\\s*([^,\\s]+)\\s*,\\s*([^,\\s]+)\\s*([\\])])");

    static Interval parse(String text) {
        Matcher matcher = FORM.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + text + "' is no interval such as [0, 1).");
        }
        return new Interval(number(matcher.group(2)), matcher.group(1).equals("("), number(matcher.group(3)),
                matcher.group(4).equals(")"), text.strip());
    }

    private static double number(String text) {
        return switch (text) {
            case "inf", "+inf" -> Double.POSITIVE_INFINITY;
            case "-inf" -> Double.NEGATIVE_INFINITY;
            default -> Double.parseDouble(text);
        };
    }

    /** NaN lies in no interval. */
    boolean contains(double value) {
        return (lowOpen ? value > low : value >= low) && (highOpen ? value < high : value <= high);
    }
}
