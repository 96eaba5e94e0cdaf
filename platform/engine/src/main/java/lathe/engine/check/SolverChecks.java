package lathe.engine.check;

import java.util.Arrays;
import java.util.Locale;

import lathe.spi.numeric.Solvers;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Quantiles, clusters, assignments and linear programs. */
final class SolverChecks {
    /** Bounds beyond it mean that there is none. */
    private static final double NO_BOUND = 2e38;

    private final OperatorCase golden;
    private final Findings found;
    private final Solvers solvers;
    private final Scope scope;

    SolverChecks(OperatorCase golden, Findings found, Solvers solvers, Scope scope) {
        this.golden = golden;
        this.found = found;
        this.solvers = solvers;
        this.scope = scope;
    }

    void quantiles() {
        Tensor x = golden.tensor("in.x");
        double[] q = vector("q");
        for (Solvers.Interpolation mode : Solvers.Interpolation.values()) {
            found.check(mode.name().toLowerCase(Locale.ROOT), solvers.quantiles(x, q, mode, scope));
        }
    }

    void clusters() {
        Solvers.LineClusters clusters = solvers.clusterLine(golden.tensor("in.x").toFloats(),
                golden.tensor("in.weights").toFloats(), golden.number("k").orElseThrow().intValue());
        found.check("cost", clusters.cost());
        found.check("centroids", clusters.centroids());
        found.check("cluster_starts", Arrays.stream(clusters.starts()).asDoubleStream().toArray());
    }

    void assignment() {
        Tensor cost = golden.tensor("in.cost");
        int[] columns = solvers.assign(cost, golden.flag("maximise"));
        double total = 0;
        for (int i = 0; i < columns.length; i++) {
            total += columns[i] < 0 ? 0 : cost.get(i, columns[i]);
        }
        found.check("total", total);
        found.check("column_of_row", Arrays.stream(columns).asDoubleStream().toArray());
    }

    void program() {
        double[] c = vector("c");
        Solvers.LinearSolution solution = solvers.solve(new Solvers.LinearProgram(c, rows("a_ub"), vector("b_ub"),
                rows("a_eq"), vector("b_eq"), bounds("lower"), bounds("upper")));
        found.check("status", switch (solution.outcome()) {
            case OPTIMAL -> 0;
            case INFEASIBLE -> 2;
            case UNBOUNDED -> 3;
        });
        found.check("objective", solution.objective());
        found.check("x", solution.x());
        int length = solution.outcome() == Solvers.LinearOutcome.OPTIMAL ? c.length : 0;
        found.require(solution.x().length == length, "x has " + solution.x().length + " elements");
    }

    private double[][] rows(String name) {
        if (!golden.has("in." + name)) {
            return new double[0][];
        }
        Tensor matrix = golden.tensor("in." + name);
        double[][] rows = new double[matrix.size(0)][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = Findings.values(matrix.row(i));
        }
        return rows;
    }

    private double[] vector(String name) {
        return golden.has("in." + name) ? Findings.values(golden.tensor("in." + name)) : new double[0];
    }

    private double[] bounds(String name) {
        return Arrays.stream(vector(name))
                .map(bound -> Math.abs(bound) > NO_BOUND ? Math.signum(bound) * Double.POSITIVE_INFINITY : bound)
                .toArray();
    }
}
