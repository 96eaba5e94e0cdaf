package lathe.runtime.recipe;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

import lathe.report.ClaimRow;
import lathe.report.ClaimVerdict;
import lathe.report.NodeRow;
import lathe.report.NodeStatus;
import lathe.report.ResultRow;
import lathe.report.RunReport;
import lathe.runtime.recipe.Condition.Comparison;
import lathe.runtime.recipe.Condition.Side;
import lathe.runtime.registry.PluginView;

/**
 * Judges claims by the results of a run. With several seeds a claim holds if it holds for the means over seeds; in how many
 * seeds it holds on its own is said beside.
 */
final class ClaimJudge {
    private final List<ResultRow> rows;
    private final List<NodeRow> nodes;
    private final long[] seeds;
    private final PluginView view;

    /**
     * @param report of the run
     * @param view   the installed methods
     */
    ClaimJudge(RunReport report, PluginView view) {
        this.rows = report.results();
        this.nodes = report.nodes();
        this.seeds = rows.stream().mapToLong(ResultRow::seed).distinct().sorted().toArray();
        this.view = requireNonNull(view, "view is null");
    }

    /** A result that is not there, or not alone; the message is a sentence. */
    private static final class UnclearException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        UnclearException(String sentence) {
            super(sentence);
        }
    }

    /** Why a claim cannot be tested here; empty if it can. */
    static String obstacle(Claim claim, PluginView view) {
        if (claim.condition().isEmpty()) {
            return claim.because();
        }
        return claim.needs().stream().flatMap(need -> need.missing(view).stream()).collect(Collectors.joining(" "));
    }

    static ClaimRow without(Claim claim, ClaimVerdict verdict, String reason) {
        return new ClaimRow(claim.says(), claim.where(), verdict, claim.text(), List.of(), reason);
    }

    ClaimRow judge(Claim claim) {
        String obstacle = obstacle(claim, view);
        if (!obstacle.isEmpty()) {
            return without(claim, ClaimVerdict.NOT_TESTABLE, obstacle);
        }
        try {
            return judge(claim, claim.condition().orElseThrow());
        } catch (UnclearException unclear) {
            return without(claim, ClaimVerdict.NOT_JUDGED, unclear.getMessage());
        }
    }

    private ClaimRow judge(Claim claim, Condition condition) {
        boolean holds = condition.holds(this::mean, claim.tolerance());
        int held = 0;
        for (long seed : seeds) {
            held += condition.holds(reading -> value(reading, seed), claim.tolerance()) ? 1 : 0;
        }
        List<String> numbers = new ArrayList<>();
        condition.comparisons().forEach(comparison -> numbers.add(line(comparison, claim)));
        String reason = seeds.length < 2 ? ""
                : (holds ? "In the mean, and in " : "Not in the mean; in ") + held + " of " + seeds.length + " seeds.";
        return new ClaimRow(claim.says(), claim.where(), holds ? ClaimVerdict.HOLDS : ClaimVerdict.FAILS, claim.text(),
                numbers, reason);
    }

    private String line(Comparison comparison, Claim claim) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < comparison.sides().size(); i++) {
            line.append(i == 0 ? "" : " " + comparison.relations().get(i - 1).sign() + " ");
            line.append(side(comparison.sides().get(i)));
        }
        Condition.Tolerance tolerance = comparison.tolerance().orElse(claim.tolerance());
        if (tolerance.amount() > 0) {
            line.append(" within ").append(tolerance.relative()
                    ? Figures.of(100 * tolerance.amount()) + " %"
                    : Figures.of(tolerance.amount()));
        }
        return line.toString();
    }

    private String side(Side side) {
        if (side.formula().readings().findAny().isEmpty()) {
            return side.text();
        }
        double[] each = new double[seeds.length];
        for (int i = 0; i < seeds.length; i++) {
            long seed = seeds[i];
            each[i] = side.formula().value(reading -> value(reading, seed));
        }
        String equals = side.formula() instanceof Formula.Result ? " " : " = ";
        return side.text() + equals + Figures.of(side.formula().value(this::mean), each);
    }

    private double mean(Reading reading) {
        double sum = 0;
        for (long seed : seeds) {
            sum += value(reading, seed);
        }
        if (seeds.length == 0) {
            throw missing(reading);
        }
        return sum / seeds.length;
    }

    private double value(Reading reading, long seed) {
        List<ResultRow> found = rows.stream().filter(row -> row.seed() == seed && reading.isOf(row)).toList();
        if (found.isEmpty()) {
            throw missing(reading);
        } else if (found.size() > 1) {
            Set<String> ways = new LinkedHashSet<>();
            found.forEach(row -> ways.add((row.protocol().isEmpty() ? "in " + row.node()
                    : "protocol \"" + row.protocol() + "\"") + (row.point().isEmpty() ? "" : " at " + row.point())));
            throw new UnclearException(reading + " stands for " + found.size() + " results ("
                    + String.join("; ", ways) + "): say in the claim which is meant.");
        }
        return found.getFirst().value();
    }

    private UnclearException missing(Reading reading) {
        String failed = nodes.stream()
                .filter(node -> node.status() == NodeStatus.FAILED || node.status() == NodeStatus.INTERRUPTED)
                .map(node -> node.name() + ": " + node.error()).collect(Collectors.joining("; "));
        return new UnclearException("There is no result " + reading + "."
                + (failed.isEmpty() ? "" : " " + failed));
    }
}
