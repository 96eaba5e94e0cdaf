package lathe.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/**
 * Numbers as people read them: four significant digits, KiB and MiB, durations.
 */
final class Numbers {
    private static final MathContext FOUR_DIGITS = new MathContext(4, RoundingMode.HALF_EVEN);
    private static final MathContext TWO_DIGITS = new MathContext(2, RoundingMode.HALF_EVEN);
    private static final MathContext THREE_DIGITS = new MathContext(3, RoundingMode.HALF_EVEN);
    private static final String[] BYTE_UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    /** Narrow and unbreakable, between groups of three digits and before units. */
    private static final String THIN_SPACE = "\u202f";
    private static final String MINUS = "\u2212";

    private Numbers() {}

    /**
     * @param value any number
     * @return it with four significant digits: {@code 53.91}, {@code 0.01234}, {@code 12 346} (whole numbers have
     *         all their digits), {@code 1.234e-7}
     */
    static String plain(double value) {
        if (!Double.isFinite(value)) {
            return special(value);
        }
        double size = Math.abs(value);
        if (value == 0) {
            return "0";
        }
        if (size < 1e-4 || size >= 1e9) {
            return signed(String.format(Locale.ROOT, "%.3e", value).replaceAll("e([+-])0?", "e$1").replace("e+", "e"));
        }
        return size >= 999.95 ? grouped(value) : signed(digits(value, FOUR_DIGITS));
    }

    /**
     * @param value half the width of an interval
     * @return it with two significant digits
     */
    static String spread(double value) {
        if (value >= 99.5) {
            return whole(value);
        }
        return value < 1e-4 ? plain(value) : digits(value, TWO_DIGITS);
    }

    /**
     * @param value a whole number
     * @return all its digits in groups of three
     */
    static String whole(double value) {
        return Double.isFinite(value) && Math.abs(value) < 1e15 ? grouped(value) : plain(value);
    }

    /**
     * @param value a number of bytes
     * @return it in the largest unit that leaves at least one whole: {@code 5.503 MiB}
     */
    static String bytes(double value) {
        if (!Double.isFinite(value)) {
            return special(value);
        }
        int unit = 0;
        double scaled = value;
        // 1023.95 would round to 1024 of the smaller unit.
        while (Math.abs(scaled) >= 1023.95 && unit < BYTE_UNITS.length - 1) {
            scaled /= 1024;
            unit++;
        }
        String digits = unit == 0 ? whole(scaled) : plain(scaled);
        return digits + THIN_SPACE + BYTE_UNITS[unit];
    }

    /**
     * @param seconds a duration
     * @return it as {@code 85 ms}, {@code 4.21 s}, {@code 2 min 05 s} or {@code 1 h 02 min}
     */
    static String duration(double seconds) {
        if (!Double.isFinite(seconds)) {
            return special(seconds);
        }
        long whole = Math.round(seconds);
        if (seconds < 0.9995) {
            return Math.round(seconds * 1000) + THIN_SPACE + "ms";
        }
        if (whole < 60) {
            return digits(seconds, THREE_DIGITS) + THIN_SPACE + "s";
        }
        if (whole < 3600) {
            return String.format(Locale.ROOT, "%d%smin %02d%ss", whole / 60, THIN_SPACE, whole % 60, THIN_SPACE);
        }
        long minutes = Math.round(seconds / 60);
        return String.format(Locale.ROOT, "%d%sh %02d%smin", minutes / 60, THIN_SPACE, minutes % 60, THIN_SPACE);
    }

    /**
     * @param ratio a value divided by the one it is compared with
     * @return the difference: {@code +9.1 %}, {@code −72 %}, from ten times on {@code ×12}
     */
    static String change(double ratio) {
        double percent = (ratio - 1) * 100;
        if (!Double.isFinite(percent)) {
            return "";
        }
        if (ratio >= 10) {
            return "\u00d7" + (ratio < 999.5 ? digits(ratio, THREE_DIGITS) : plain(ratio));
        }
        if (Math.abs(percent) < 0.05) {
            return "\u00b10" + THIN_SPACE + "%";
        }
        // A loss of less than everything must not read as -100 %.
        int decimals = Math.abs(percent) < 99.95 ? 1 : 0;
        String digits = String.format(Locale.ROOT, "%." + decimals + "f", Math.abs(percent));
        return (percent < 0 ? MINUS : "+") + digits + THIN_SPACE + "%";
    }

    /** Exactly as many significant digits as asked for: 3.5 is 3.500, so that columns line up. */
    private static String digits(double value, MathContext context) {
        BigDecimal rounded = new BigDecimal(value).round(context);
        int whole = rounded.precision() - rounded.scale();
        return rounded.setScale(Math.max(0, context.getPrecision() - whole), RoundingMode.HALF_EVEN).toPlainString();
    }

    private static String grouped(double value) {
        return signed(String.format(Locale.ROOT, "%,.0f", value).replace(",", THIN_SPACE));
    }

    private static String signed(String digits) {
        return digits.startsWith("-") ? MINUS + digits.substring(1) : digits;
    }

    private static String special(double value) {
        return Double.isNaN(value) ? "NaN" : value > 0 ? "\u221e" : MINUS + "\u221e";
    }
}
