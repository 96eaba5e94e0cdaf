package lathe.engine.numeric;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.function.Function;

import lathe.spi.numeric.Parallel;
import lathe.spi.numeric.RandomStream;
import lathe.spi.numeric.Solvers;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** The engine's solvers, each in a class of its own. */
public final class EngineSolvers implements Solvers {
    private final Parallel parallel;

    /**
     * Solvers over a pool.
     *
     * @param parallel the pool
     */
    public EngineSolvers(Parallel parallel) {
        this.parallel = requireNonNull(parallel, "parallel is null");
    }

    @Override
    public Tensor quantiles(Tensor rows, double[] quantiles, Interpolation interpolation, Scope scope) {
        return Quantiles.of(rows, quantiles, interpolation, parallel, scope);
    }

    @Override
    public LineClusters clusterLine(float[] values, float[] weights, int k) {
        return LineClustering.solve(values, weights, k);
    }

    @Override
    public Clusters cluster(Tensor points, float[] weights, int k, int iterations, RandomStream random, Scope scope) {
        return PointClustering.solve(points, weights, k, iterations, random, parallel, scope);
    }

    @Override
    public int[] assign(Tensor cost, boolean maximise) {
        return Assignment.solve(cost, maximise);
    }

    @Override
    public LinearSolution solve(LinearProgram program) {
        return LinearPrograms.solve(program);
    }

    @Override
    public Tensor sparseCode(Tensor dictionary, Tensor signals, int nonZeros, double tolerance, Scope scope) {
        return SparseCoding.solve(dictionary, signals, nonZeros, tolerance, parallel, scope);
    }

    @Override
    public List<ParetoPoint> paretoFront(int[] bounds, Function<int[], double[]> costs, int population, int generations,
            RandomStream random) {
        return ParetoSearch.solve(bounds, costs, population, generations, random);
    }
}
