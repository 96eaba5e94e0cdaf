package lathe.testkit.golden;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import java.util.Optional;

import lathe.testkit.scene.Numbers;

/**
 * One result that a case expects, and how it is compared.
 *
 * @param name   as the case calls it
 * @param meaning what it is, in the words of the case
 * @param how    the rule
 * @param rtol   relative tolerance
 * @param atol   absolute tolerance
 * @param values what the reference gave
 */
public record Expectation(String name, String meaning, Rule how, double rtol, double atol, Numbers values) {
    private static final int ROWS_SHOWN = 8;

    /** How results are compared. */
    public enum Rule {
        /** Every element the same. */
        EXACT,
        /** Every element within atol + rtol * |expected|. */
        CLOSE,
        /** Every row the same set, -1 left out. */
        SET,
        /** Norm of the difference at most rtol times the norm of the expected. */
        RELATIVE_ERROR,
        /** A number that must not be exceeded. */
        AT_MOST
    }

    /** Checks the parts. */
    public Expectation {
        requireNonNull(name, "name is null");
        requireNonNull(meaning, "meaning is null");
        requireNonNull(how, "how is null");
        requireNonNull(values, "values is null");
    }

    /** The same with tolerances that are no smaller than given ones; exact ones stay exact. */
    Expectation atLeast(double relative, double absolute) {
        return how == Rule.EXACT ? this
                : new Expectation(name, meaning, how, Math.max(rtol, relative), Math.max(atol, absolute), values);
    }

    /**
     * Compares.
     *
     * @param given what the method gave
     * @return in what they differ, empty if they agree
     */
    public Optional<String> difference(Numbers given) {
        Numbers actual = given;
        Numbers wanted = values;
        if (given.shape().length == wanted.shape().length && given.shape().length > 0) {
            actual = given.widened(wanted.size(wanted.shape().length - 1));
        }
        if (how == Rule.SET) {
            return differentSets(wanted, actual);
        }
        if (!Arrays.equals(actual.tightShape(), wanted.tightShape())) {
            return Optional.of(name + " has shape " + Arrays.toString(actual.shape()) + " instead of "
                    + Arrays.toString(wanted.shape()));
        }
        return switch (how) {
            case EXACT -> differentElements(wanted, actual, 0, 0);
            case CLOSE -> differentElements(wanted, actual, rtol, atol);
            case RELATIVE_ERROR -> relativeError(wanted, actual);
            case AT_MOST -> exceeded(wanted, actual);
            case SET -> throw new AssertionError("sets were compared above");
        };
    }

    private Optional<String> differentElements(Numbers wanted, Numbers actual, double relative, double absolute) {
        int different = 0;
        int worst = -1;
        double worstBy = -1;
        for (int i = 0; i < wanted.values().length; i++) {
            double want = wanted.values()[i];
            double got = actual.values()[i];
            if (want == got || Double.isNaN(want) && Double.isNaN(got)) {
                continue;
            }
            double by = Math.abs(got - want);
            if (!(by <= absolute + relative * Math.abs(want))) {
                different++;
                if (!(by <= worstBy)) {
                    worst = i;
                    worstBy = by;
                }
            }
        }
        if (different == 0) {
            return Optional.empty();
        }
        return Optional.of(name + " differs in " + different + " of " + wanted.values().length + " elements, most at "
                + Arrays.toString(place(worst, wanted.shape())) + ": " + actual.values()[worst] + " instead of "
                + wanted.values()[worst]);
    }

    private Optional<String> relativeError(Numbers wanted, Numbers actual) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < wanted.values().length; i++) {
            double by = actual.values()[i] - wanted.values()[i];
            difference += by * by;
            norm += wanted.values()[i] * wanted.values()[i];
        }
        double error = Math.sqrt(difference) / Math.max(Math.sqrt(norm), Double.MIN_NORMAL);
        return error <= rtol
                ? Optional.empty()
                : Optional.of(name + " has a relative error of " + error + ", more than " + rtol);
    }

    private Optional<String> exceeded(Numbers wanted, Numbers actual) {
        for (int i = 0; i < wanted.values().length; i++) {
            double limit = wanted.values()[i];
            if (!(actual.values()[i] <= limit + rtol * Math.abs(limit))) {
                return Optional.of(name + " is " + actual.values()[i] + ", more than " + limit);
            }
        }
        return Optional.empty();
    }

    private Optional<String> differentSets(Numbers wanted, Numbers actual) {
        int wide = wanted.shape().length == 0 ? 1 : wanted.size(wanted.shape().length - 1);
        int narrow = actual.shape().length == 0 ? 1 : actual.size(actual.shape().length - 1);
        int rows = wide == 0 ? 0 : wanted.values().length / wide;
        if (narrow == 0 || actual.values().length / narrow != rows) {
            return Optional.of(name + " has shape " + Arrays.toString(actual.shape()) + " instead of "
                    + Arrays.toString(wanted.shape()));
        }
        StringBuilder different = new StringBuilder();
        int count = 0;
        for (int row = 0; row < rows; row++) {
            double[] want = set(wanted.values(), row * wide, wide);
            double[] got = set(actual.values(), row * narrow, narrow);
            if (!Arrays.equals(want, got) && count++ < ROWS_SHOWN) {
                different.append(" ").append(row);
            }
        }
        return count == 0
                ? Optional.empty()
                : Optional.of(name + " has other sets in " + count + " of " + rows + " rows:" + different);
    }

    private static double[] set(double[] values, int from, int count) {
        return Arrays.stream(values, from, from + count)
                .filter(value -> value != Numbers.NO_INDEX)
                .sorted()
                .distinct()
                .toArray();
    }

    private static int[] place(int index, int[] shape) {
        int[] place = new int[shape.length];
        int rest = index;
        for (int dimension = shape.length - 1; dimension >= 0; dimension--) {
            place[dimension] = rest % shape[dimension];
            rest /= shape[dimension];
        }
        return place;
    }
}
