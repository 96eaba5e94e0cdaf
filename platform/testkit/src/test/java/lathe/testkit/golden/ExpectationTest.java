package lathe.testkit.golden;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import lathe.testkit.golden.Expectation.Rule;
import lathe.testkit.scene.Numbers;

class ExpectationTest {
    private static Numbers numbers(double... values) {
        return new Numbers(new int[] {values.length}, values, 0);
    }

    private static Expectation expects(Rule rule, double rtol, double atol, Numbers values) {
        return new Expectation("mask", "", rule, rtol, atol, values);
    }

    @Test
    void exactAcceptsNoDifference() {
        Expectation exact = expects(Rule.EXACT, 0, 0, numbers(1, 0, 1));
        assertThat(exact.difference(numbers(1, 0, 1))).isEmpty();
        assertThat(exact.difference(numbers(1, 1, 1)).orElseThrow())
                .contains("mask").contains("1 of 3").contains("[1]");
        assertThat(exact.difference(numbers(1, Double.NaN, 1))).isPresent();
    }

    @Test
    void closeAcceptsTheToleranceAndNothingAboveIt() {
        Expectation close = expects(Rule.CLOSE, 0.01, 0.001, numbers(100, 0));
        assertThat(close.difference(numbers(101, 0.001))).isEmpty();
        assertThat(close.difference(numbers(101.1, 0))).isPresent();
        assertThat(close.difference(numbers(100, 0.0011))).isPresent();
        assertThat(close.difference(numbers(100, Double.NaN))).isPresent();
    }

    @Test
    void setsLeaveOrderAndPaddingOpen() {
        Expectation set = expects(Rule.SET, 0, 0, new Numbers(new int[] {2, 3}, new double[] {1, 2, -1, 5, 4, 3}, 0));
        Numbers same = new Numbers(new int[] {2, 3}, new double[] {2, -1, 1, 3, 4, 5}, -1);
        Numbers other = new Numbers(new int[] {2, 3}, new double[] {2, 3, 1, 3, 4, 5}, -1);
        assertThat(set.difference(same)).isEmpty();
        assertThat(set.difference(other).orElseThrow()).contains("1 of 2 rows");
    }

    @Test
    void relativeErrorsAreMeasuredByTheNorm() {
        Expectation relative = expects(Rule.RELATIVE_ERROR, 0.1, 0, numbers(3, 4));
        assertThat(relative.difference(numbers(3.3, 4.3))).isEmpty();
        assertThat(relative.difference(numbers(3.5, 4.5)).orElseThrow()).contains("0.14");
    }

    @Test
    void atMostIsALimit() {
        Expectation limit = expects(Rule.AT_MOST, 0, 0, Numbers.of(2.0));
        assertThat(limit.difference(Numbers.of(1.5))).isEmpty();
        assertThat(limit.difference(Numbers.of(2.5))).isPresent();
        assertThat(limit.difference(Numbers.of(Double.NaN))).isPresent();
    }

    @Test
    void otherShapesDiffer() {
        Expectation exact = expects(Rule.EXACT, 0, 0, numbers(1, 2, 3));
        assertThat(exact.difference(numbers(1, 2, 3, 4)).orElseThrow()).contains("shape");
    }

    @Test
    void shortRowsAreFilledUp() {
        Expectation exact = expects(Rule.EXACT, 0, 0, numbers(1, 2, -1));
        assertThat(exact.difference(Numbers.of(1, 2))).isEmpty();
        assertThat(exact.difference(Numbers.of(1, 3))).isPresent();
    }
}
