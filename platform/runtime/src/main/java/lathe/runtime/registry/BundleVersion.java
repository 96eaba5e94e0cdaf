package lathe.runtime.registry;

import java.util.Comparator;

/**
 * A bundle's version: three numbers and a qualifier, ordered as OSGi orders them.
 *
 * @param major     first number
 * @param minor     second number
 * @param micro     third number
 * @param qualifier what follows, compared as text
 */
record BundleVersion(int major, int minor, int micro, String qualifier) implements Comparable<BundleVersion> {
    private static final Comparator<BundleVersion> ORDER = Comparator.comparingInt(BundleVersion::major)
            .thenComparingInt(BundleVersion::minor)
            .thenComparingInt(BundleVersion::micro)
            .thenComparing(BundleVersion::qualifier);

    /** Reads {@code 1.2.3.rest} or Maven's {@code 1.2.3-rest}; whatever cannot be read counts as 0. */
    static BundleVersion parse(String text) {
        String[] parts = text.replaceFirst("-", ".").split("\\.", 4);
        return new BundleVersion(number(parts, 0), number(parts, 1), number(parts, 2),
                parts.length > 3 ? parts[3] : "");
    }

    private static int number(String[] parts, int index) {
        boolean digits = index < parts.length && parts[index].matches("\\d{1,9}");
        return digits ? Integer.parseInt(parts[index]) : 0;
    }

    @Override
    public int compareTo(BundleVersion other) {
        return ORDER.compare(this, other);
    }
}
