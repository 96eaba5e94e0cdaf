package lathe.runtime.recipe;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a claim says of the results: comparisons, all of which must hold.
 *
 * @param comparisons at least one
 */
record Condition(List<Comparison> comparisons) {
    Condition {
        comparisons = List.copyOf(comparisons);
    }

    /** How two numbers are compared. */
    enum Relation {
        LESS("<"), AT_MOST("<="), MORE(">"), AT_LEAST(">="), EQUAL("=");

        private final String sign;

        Relation(String sign) {
            this.sign = sign;
        }

        String sign() {
            return sign;
        }
    }

    /**
     * How far a comparison may be missed.
     *
     * @param amount   not negative
     * @param relative whether it is a fraction of the right side
     */
    record Tolerance(double amount, boolean relative) {
        static final Tolerance NONE = new Tolerance(0, false);

        double beside(double right) {
            return relative ? amount * Math.abs(right) : amount;
        }
    }

    /** A number of a comparison, with the text that says it. */
    record Side(Formula formula, String text) {}

    /**
     * {@code a < b < c}: every number with its neighbour.
     *
     * @param sides     at least two
     * @param relations one fewer
     * @param tolerance if the text says one
     */
    record Comparison(List<Side> sides, List<Relation> relations, Optional<Tolerance> tolerance) {
        Comparison {
            sides = List.copyOf(sides);
            relations = List.copyOf(relations);
        }

        boolean holds(Formula.Values values, Tolerance otherwise) {
            for (int i = 0; i < relations.size(); i++) {
                double left = sides.get(i).formula().value(values);
                double right = sides.get(i + 1).formula().value(values);
                if (!holds(relations.get(i), left, right, tolerance.orElse(otherwise).beside(right))) {
                    return false;
                }
            }
            return true;
        }

        /** NaN fulfils nothing. */
        private static boolean holds(Relation relation, double left, double right, double tolerance) {
            return switch (relation) {
                case LESS -> tolerance == 0 ? left < right : left <= right + tolerance;
                case AT_MOST -> left <= right + tolerance;
                case MORE -> tolerance == 0 ? left > right : left >= right - tolerance;
                case AT_LEAST -> left >= right - tolerance;
                case EQUAL -> left == right || Math.abs(left - right) <= tolerance;
            };
        }
    }

    /** Whether all comparisons hold; those that say no tolerance get the given one. */
    boolean holds(Formula.Values values, Tolerance otherwise) {
        return comparisons.stream().allMatch(comparison -> comparison.holds(values, otherwise));
    }

    /** All results that it is about, from left to right. */
    Stream<Reading> readings() {
        return comparisons.stream().flatMap(comparison -> comparison.sides().stream())
                .flatMap(side -> side.formula().readings());
    }
}
