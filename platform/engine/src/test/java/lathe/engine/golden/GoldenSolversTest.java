package lathe.engine.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import lathe.engine.Engine;
import lathe.spi.numeric.Solvers;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Solvers against brute force, scipy and HiGHS. */
class GoldenSolversTest {
    private final Solvers solvers = Engine.shared().solvers();
    private Scope scope;

    @BeforeEach
    void open() {
        scope = Engine.shared().openScope();
    }

    @AfterEach
    void close() {
        scope.close();
    }

    @Test
    void quantilesInAllModes() {
        GoldenCase golden = GoldenCase.read("quantiles", scope);
        Tensor x = golden.in("x");
        double[] q = GoldenCase.values(golden.in("q"));
        golden.check("linear", solvers.quantiles(x, q, Solvers.Interpolation.LINEAR, scope));
        golden.check("lower", solvers.quantiles(x, q, Solvers.Interpolation.LOWER, scope));
        golden.check("higher", solvers.quantiles(x, q, Solvers.Interpolation.HIGHER, scope));
        golden.check("midpoint", solvers.quantiles(x, q, Solvers.Interpolation.MIDPOINT, scope));
    }

    @ParameterizedTest
    @ValueSource(strings = {"duplicates", "large", "outlier", "small", "uniform", "weighted"})
    void clustersOnALineAreOptimal(String kind) {
        GoldenCase golden = GoldenCase.read("kmeans-1d-" + kind, scope);
        Solvers.LineClusters clusters = solvers.clusterLine(golden.in("x").toFloats(), golden.in("weights").toFloats(),
                (int) golden.parameter("k"));
        golden.check("cost", clusters.cost());
        golden.check("centroids", clusters.centroids());
        if (golden.has("out.cluster_starts")) {
            golden.check("cluster_starts", Arrays.stream(clusters.starts()).asDoubleStream().toArray());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"integer", "large", "maximise", "square", "tall", "wide"})
    void assignments(String kind) {
        GoldenCase golden = GoldenCase.read("assignment-" + kind, scope);
        Tensor cost = golden.in("cost");
        int[] columns = solvers.assign(cost, golden.flag("maximise"));
        double total = 0;
        for (int i = 0; i < columns.length; i++) {
            total += columns[i] < 0 ? 0 : cost.get(i, columns[i]);
        }
        golden.check("total", total);
        if (golden.has("out.column_of_row")) {
            golden.check("column_of_row", Arrays.stream(columns).asDoubleStream().toArray());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"basic", "budget", "degenerate", "free-variable", "infeasible", "random", "transport",
        "unbounded"})
    void linearPrograms(String kind) {
        GoldenCase golden = GoldenCase.read("lp-" + kind, scope);
        double[] c = GoldenCase.values(golden.in("c"));
        Solvers.LinearSolution solution = solvers.solve(new Solvers.LinearProgram(c, rows(golden, "a_ub"),
                vector(golden, "b_ub"), rows(golden, "a_eq"), vector(golden, "b_eq"), bounds(golden, "lower"),
                bounds(golden,
                        "upper")));
        golden.check("status", switch (solution.outcome()) {
            case OPTIMAL -> 0;
            case INFEASIBLE -> 2;
            case UNBOUNDED -> 3;
        });
        if (golden.has("out.objective")) {
            golden.check("objective", solution.objective());
        }
        if (golden.has("out.x")) {
            golden.check("x", solution.x());
        }
        assertThat(solution.x()).hasSize(solution.outcome() == Solvers.LinearOutcome.OPTIMAL ? c.length : 0);
    }

    private static double[][] rows(GoldenCase golden, String name) {
        if (!golden.has("in." + name)) {
            return new double[0][];
        }
        Tensor matrix = golden.in(name);
        double[][] rows = new double[matrix.size(0)][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = GoldenCase.values(matrix.row(i));
        }
        return rows;
    }

    private static double[] vector(GoldenCase golden, String name) {
        return golden.has("in." + name) ? GoldenCase.values(golden.in(name)) : new double[0];
    }

    private static double[] bounds(GoldenCase golden, String name) {
        double[] bounds = GoldenCase.values(golden.in(name));
        for (int i = 0; i < bounds.length; i++) {
            bounds[i] = Math.abs(bounds[i]) > 2e38 ? Math.signum(bounds[i]) * Double.POSITIVE_INFINITY : bounds[i];
        }
        return bounds;
    }
}
