package lathe.engine.check;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

import lathe.spi.tensor.Shape;
import lathe.spi.tensor.Tensor;

/** Collects what was computed for a case and where it differs. */
final class Findings {
    private final OperatorCase golden;
    private final List<String> differences = new ArrayList<>();
    private final Set<String> computed = new LinkedHashSet<>();

    Findings(OperatorCase golden) {
        this.golden = golden;
    }

    OperatorFinding finish() {
        List<String> uncomputed = golden.results().stream().filter(result -> !computed.contains(result)).sorted()
                .toList();
        return new OperatorFinding(differences, List.copyOf(computed), uncomputed);
    }

    /** Whether the case compares a result. */
    boolean wants(String result) {
        return golden.results().contains(result);
    }

    /** Compares a tensor, if the case expects it. */
    void check(String result, Tensor actual) {
        if (!wants(result)) {
            return;
        }
        Shape wanted = golden.tensor("out." + result).shape();
        if (!actual.shape().equals(wanted)) {
            computed.add(result);
            differences.add(result + " has the shape " + actual.shape() + " instead of " + wanted);
            return;
        }
        check(result, values(actual));
    }

    /** Compares numbers, if the case expects them. */
    void check(String result, double... actual) {
        if (!wants(result)) {
            return;
        }
        computed.add(result);
        double[] expected = values(golden.tensor("out." + result));
        if (actual.length != expected.length) {
            differences.add(result + " has " + actual.length + " elements instead of " + expected.length);
            return;
        }
        OperatorCase.Rule rule = golden.rule(result);
        switch (rule.compare()) {
            case "exact" -> elements(result, actual, expected, new OperatorCase.Rule("exact", 0, 0));
            case "exact-after-rounding-to-f32" -> elements(result, rounded(actual), rounded(expected),
                    new OperatorCase.Rule("exact", 0, 0));
            case "close" -> elements(result, actual, expected, rule);
            case "relative-error" -> norm(result, actual, expected, rule.relative());
            default -> differences.add(result + " is compared by the unknown rule " + rule.compare());
        }
    }

    /** Something that must hold besides the expected results. */
    void require(boolean holds, String otherwise) {
        if (!holds) {
            differences.add(otherwise);
        }
    }

    private void elements(String result, double[] actual, double[] expected, OperatorCase.Rule rule) {
        for (int i = 0; i < expected.length; i++) {
            double allowed = rule.absolute() + rule.relative() * Math.abs(expected[i]);
            // Equal first: infinities have no difference.
            boolean equal = Double.isNaN(expected[i]) ? Double.isNaN(actual[i])
                    : actual[i] == expected[i] || Math.abs(actual[i] - expected[i]) <= allowed;
            if (!equal || Double.isInfinite(expected[i]) && actual[i] != expected[i]) {
                differences.add(String.format(Locale.ROOT, "%s[%d] is %s instead of %s", result, i, actual[i],
                        expected[i]));
                return;
            }
        }
    }

    private void norm(String result, double[] actual, double[] expected, double limit) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
            norm += expected[i] * expected[i];
        }
        double error = Math.sqrt(difference / Math.max(norm, Double.MIN_NORMAL));
        if (!(error <= limit)) {
            differences.add(String.format(Locale.ROOT, "%s differs by %.3g of its norm, allowed are %.3g", result,
                    error, limit));
        }
    }

    private static double[] rounded(double[] values) {
        double[] rounded = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            rounded[i] = (float) values[i];
        }
        return rounded;
    }

    /** All elements in float64, whatever the type. */
    static double[] values(Tensor tensor) {
        int count = Math.toIntExact(tensor.elements());
        Tensor flat = (tensor.isContiguous() ? tensor : tensor.copy()).reshape(count);
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] = flat.get(i);
        }
        return values;
    }
}
