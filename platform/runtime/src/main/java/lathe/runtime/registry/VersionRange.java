package lathe.runtime.registry;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which versions of a bundle are wanted: one ({@code 1.2.0}), or all between two ({@code [1.0,2)}). */
public final class VersionRange {
    private static final String VERSION = "\\d{1,9}(?:\\.\\d{1,9}){0,2}(?:[.-][\\w.-]+)?";
    private static final Pattern EXACT = Pattern.compile(VERSION);
    private static final Pattern BETWEEN = Pattern.compile(
            "([\\[(])\\s*(" + VERSION + ")\\s*,\\s*(" + VERSION + ")\\s*([\\])])");

    private final String text;
    private final BundleVersion low;
    private final boolean withLow;
    private final BundleVersion high;
    private final boolean withHigh;

    private VersionRange(String text, BundleVersion low, boolean withLow, BundleVersion high, boolean withHigh) {
        this.text = text;
        this.low = low;
        this.withLow = withLow;
        this.high = high;
        this.withHigh = withHigh;
    }

    /**
     * Reads a version or a range.
     *
     * @param text such as {@code 1.2.0}, {@code [1.0,2)} or {@code (1.0,1.5]}
     * @return the range, empty if it is neither
     */
    public static Optional<VersionRange> parse(String text) {
        String stripped = requireNonNull(text, "text is null").strip();
        if (EXACT.matcher(stripped).matches()) {
            BundleVersion only = BundleVersion.parse(stripped);
            return Optional.of(new VersionRange(stripped, only, true, only, true));
        }
        Matcher between = BETWEEN.matcher(stripped);
        return between.matches()
                ? Optional.of(new VersionRange(stripped, BundleVersion.parse(between.group(2)),
                        between.group(1).equals("["), BundleVersion.parse(between.group(3)),
                        between.group(4).equals("]")))
                : Optional.empty();
    }

    /**
     * Whether a version is wanted.
     *
     * @param version a bundle's version
     * @return true if it lies within
     */
    public boolean contains(String version) {
        BundleVersion asked = BundleVersion.parse(requireNonNull(version, "version is null"));
        int above = asked.compareTo(low);
        int below = asked.compareTo(high);
        return (withLow ? above >= 0 : above > 0) && (withHigh ? below <= 0 : below < 0);
    }

    /** The range as it was written. */
    @Override
    public String toString() {
        return text;
    }
}
