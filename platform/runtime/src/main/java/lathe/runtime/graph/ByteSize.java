package lathe.runtime.graph;

import java.util.Locale;
import java.util.Optional;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;

/** Numbers of bytes as people write them. */
public final class ByteSize {
    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};

    private ByteSize() {}

    /**
     * Reads a number of bytes in HOCON's notation.
     *
     * @param text such as {@code 512 MiB}, {@code 2G}, {@code 4000000000}
     * @return the bytes; empty if it is none
     */
    public static Optional<Long> parse(String text) {
        try {
            long bytes = ConfigFactory.empty().withValue("size", ConfigValueFactory.fromAnyRef(text)).getBytes("size");
            return bytes < 0 ? Optional.empty() : Optional.of(bytes);
        } catch (ConfigException notSize) {
            return Optional.empty();
        }
    }

    /**
     * Shows a number of bytes.
     *
     * @param bytes not negative
     * @return three digits and a unit, such as {@code 1.23 GiB}
     */
    public static String shown(long bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < UNITS.length - 1) {
            value /= 1024;
            unit++;
        }
        String number = unit == 0 || value >= 100
                ? String.format(Locale.ROOT, "%.0f", value)
                : String.format(Locale.ROOT, value >= 10 ? "%.1f" : "%.2f", value);
        return number + " " + UNITS[unit];
    }
}
