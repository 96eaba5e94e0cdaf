package lathe.runtime.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import lathe.runtime.recipe.Condition.Tolerance;
import lathe.runtime.recipe.ConditionParser.SyntaxException;

class ConditionParserTest {
    private static final Map<String, Double> RESULTS = Map.of("a", 2.0, "b", 3.0, "wanda-50", 5.0, "zero", 0.0, "nan",
            Double.NaN);

    private static boolean holds(String text) throws SyntaxException {
        return ConditionParser.parse(text).holds(reading -> RESULTS.get(reading.subject()), Tolerance.NONE);
    }

    private static double value(String text) throws SyntaxException {
        return ConditionParser.parse(text + " = 0").comparisons().getFirst().sides().getFirst().formula()
                .value(reading -> RESULTS.get(reading.subject()));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "x(a) + x(b) * 2 | 8", "(x(a) + x(b)) * 2 | 10", "x(b) - x(a) - 1 | 0", "12 / x(a) / x(b) | 2", "-x(a) + 5 | 3",
        "- (x(a) - x(b)) | 1", "50 % * x(a) | 1", "1.5e2 | 150", ".5 | 0.5", "min(x(a), x(b), 7) | 2",
        "max(x(a), x(b)) - 1 | 2", "mean(x(a), x(b)) | 2.5", "abs(x(a) - x(b)) | 1", "log(x(a)/2) | 0",
        "x(wanda-50) | 5", "cache-bytes(wanda-50)-1 | 4"})
    void computesWithTheUsualStrengthOfOperators(String text, double expected) throws SyntaxException {
        assertThat(value(text)).isCloseTo(expected, within(1e-12));
    }

    @ParameterizedTest
    @ValueSource(strings = {"x(a) < x(b)", "x(a) <= 2", "x(b) > x(a)", "x(b) >= 3", "x(a) = 2",
        "x(a) < x(b) < x(wanda-50)",
        "x(a) < x(b) and x(b) < 4", "x(b) = 3.1 within 0.2", "x(b) = 3.1 within 4 %", "x(b) < x(a) within 60 %",
        "x(b) < x(a) within 1", "1 / x(zero) > 1000"})
    void acceptsWhatIsTrue(String text) throws SyntaxException {
        assertThat(holds(text)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"x(b) < x(a)", "x(a) < 2", "x(a) = 2.0001", "x(b) = 3.1 within 3 %",
        "x(b) = 3.1 within 0.05",
        "x(a) < x(wanda-50) < x(b)", "x(a) < x(b) and x(b) < x(a)", "x(nan) = x(nan)", "x(nan) < 1", "x(nan) > 1",
        "x(nan) < 1 within 100 %", "x(zero) / x(zero) = 0"})
    void refusesWhatIsFalseAndEverythingAboutNaN(String text) throws SyntaxException {
        assertThat(holds(text)).isFalse();
    }

    @Test
    void readsWhatSinglesAResultOut() throws SyntaxException {
        Reading reading = ConditionParser.parse(
                "perplexity(window, in = quality, protocol = \"through*\", sparsity = 0.5, pattern = \"2:4\") < 1")
                .readings().findFirst().orElseThrow();
        assertThat(reading.metric()).isEqualTo("perplexity");
        assertThat(reading.subject()).isEqualTo("window");
        assertThat(reading.node()).contains("quality");
        assertThat(reading.protocol()).contains("through*");
        assertThat(reading.point()).containsExactly(Map.entry("sparsity", "0.5"), Map.entry("pattern", "2:4"));
    }

    @Test
    void keepsTheTextOfEverySide() throws SyntaxException {
        assertThat(ConditionParser.parse(" x(a) + 1  <  2*x( b ) < 9 ").comparisons().getFirst().sides())
                .extracting(Condition.Side::text).isEqualTo(List.of("x(a) + 1", "2*x( b )", "9"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "x(a) | 4 | not the end", "x(a) < | 6 | a number, or a result", "x(a) x(b) | 5 | one of < <= >",
        "x(a) < 1 and | 12 | a number, or a result", "x(a < 1 | 4 | ')'", "perplexity < 2 | 0 | perplexity(dense)",
        "x(a) < 1 x | 9 | 'and', or the end", "x(a) < 2 within x | 16 | a number", "x() < 1 | 2 | the name of a node",
        "x(a, in) < 1 | 7 | '='", "abs(1, 2) < 1 | 0 | takes one number, not 2", "x(a) # 1 | 5 | '#' means nothing",
        "x(a, 3 = 4) < 1 | 5 | a sweep key", "`` | 0 | a number, or a result"})
    void saysWhereAndWhatIsWrong(String text, int position, String complaint) {
        assertThatThrownBy(() -> ConditionParser.parse(text)).isInstanceOf(SyntaxException.class)
                .hasMessageContaining(complaint)
                .satisfies(wrong -> assertThat(((SyntaxException) wrong).position()).isEqualTo(position));
    }

    @Test
    void refusesNestingThatWouldOverflowTheStack() {
        String deep = "(".repeat(100_000) + "1" + ")".repeat(100_000) + " < 2";
        assertThatThrownBy(() -> ConditionParser.parse(deep)).isInstanceOf(SyntaxException.class)
                .hasMessageContaining("too deep");
    }
}
