package lathe.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NumbersTest {
    /** Narrow spaces and minus signs as one types them. */
    private static String typed(String text) {
        return text.replace('\u202f', ' ').replace('\u2212', '-').replace('\u00d7', 'x');
    }

    @ParameterizedTest
    @CsvSource({"53.906859, 53.91", "3.5, 3.500", "0.012344, 0.01234", "-0.5, -0.5000", "0, 0", "-0.0, 0",
        "999.94, 999.9", "999.96, 1 000", "9999.4, 9 999", "9999.6, 10 000", "1234567, 1 234 567", "9.9996, 10.00",
        "0.99996, 1.000",
        "1.2345678E-7, 1.235e-7", "2.5E12, 2.500e12", "NaN, NaN", "Infinity, ∞", "-Infinity, -∞",
        "1.0E-4, 0.0001000", "4.9E-324, 4.900e-324", "1.7976931348623157E308, 1.798e308"})
    void showsFourSignificantDigits(double value, String text) {
        assertThat(typed(Numbers.plain(value))).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"0, 0 B", "1, 1 B", "1023, 1 023 B", "1024, 1.000 KiB", "1048575, 1.000 MiB", "11540992, 11.01 MiB",
        "1.0E18, 888.2 PiB", "NaN, NaN"})
    void showsBytesInBinaryUnits(double value, String text) {
        assertThat(typed(Numbers.bytes(value))).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"0, 0 ms", "0.0851, 85 ms", "0.9996, 1.00 s", "4.214, 4.21 s", "59.4, 59.4 s", "59.7, 1 min 00 s",
        "125, 2 min 05 s", "3599.6, 1 h 00 min", "3720, 1 h 02 min", "NaN, NaN"})
    void showsDurations(double value, String text) {
        assertThat(typed(Numbers.duration(value))).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"1, ±0 %", "1.0004, ±0 %", "1.091, +9.1 %", "0.28, -72.0 %", "2.12, +112 %", "12.34, x12.3",
        "0.0001, -100 %", "0, -100 %", "12345, x12 345", "NaN, ''", "Infinity, ''"})
    void showsDifferencesAsPercentOrFactor(double ratio, String text) {
        assertThat(typed(Numbers.change(ratio))).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"0.2226, 0.22", "0.0039, 0.0039", "21.06, 21", "182.4, 182", "0.00000123, 1.230e-6"})
    void showsSpreadsWithTwoDigits(double value, String text) {
        assertThat(typed(Numbers.spread(value))).isEqualTo(text);
    }
}
