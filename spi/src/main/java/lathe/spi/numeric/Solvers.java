package lathe.spi.numeric;

import java.util.List;
import java.util.function.Function;

import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Clustering, selection and small optimisation problems. Everything is deterministic: what is random takes a stream, ties
 * go to the lower index, and results do not depend on the number of threads. NaN and infinity are refused.
 */
public interface Solvers {
    /** What a quantile is between two elements, at position q (n - 1) of the sorted row. */
    enum Interpolation {
        /** The straight line between both. */
        LINEAR,
        /** The lower one. */
        LOWER,
        /** The higher one. */
        HIGHER,
        /** Their mean, wherever between them the position lies. */
        MIDPOINT
    }

    /**
     * Quantiles of every row.
     *
     * @param rows          any tensor; rows are its last dimension, which is not empty
     * @param quantiles     each in [0, 1]
     * @param interpolation what lies between two elements
     * @param scope         where the result lives
     * @return the same shape with as many elements in the last dimension as there are quantiles
     */
    Tensor quantiles(Tensor rows, double[] quantiles, Interpolation interpolation, Scope scope);

    /**
     * Clusters on a line.
     *
     * @param centroids ascending
     * @param starts    index into the sorted values at which each cluster begins; equal values are never apart
     * @param cost      sum of weight times squared distance to the centroid
     */
    record LineClusters(double[] centroids, int[] starts, double cost) {}

    /**
     * The best k-means clustering on a line: exact, by dynamic programming over the sorted values in O(k n log n).
     *
     * @param values  what to cluster
     * @param weights as many, none negative, not all zero; null for equal weights
     * @param k       number of clusters, at least 1; fewer come back if there are fewer different values
     * @return the optimum
     */
    LineClusters clusterLine(float[] values, float[] weights, int k);

    /**
     * Clusters of points.
     *
     * @param centroids [k, d] in float32
     * @param members   the cluster of each point
     * @param cost      sum of weight times squared distance to the centroid
     */
    record Clusters(Tensor centroids, int[] members, double cost) {}

    /**
     * k-means: seeds by k-means++ (Arthur and Vassilvitskii 2007), then Lloyd's iteration until no point moves. A cluster
     * that lost all its points takes the point that lies farthest from its centroid.
     *
     * @param points     [n, d], n at least k
     * @param weights    as many as points, none negative; null for equal weights
     * @param k          number of clusters, at least 1
     * @param iterations at most so many
     * @param random     for the seeds
     * @param scope      where the centroids live
     * @return a local optimum, or what the last iteration gave
     */
    Clusters cluster(Tensor points, float[] weights, int k, int iterations, RandomStream random, Scope scope);

    /**
     * Assigns rows to columns, each to at most one, as many as there are of the fewer, at least total cost.
     *
     * @param cost     [n, m]
     * @param maximise whether the total shall be largest instead
     * @return the column of each row, -1 where it has none
     */
    int[] assign(Tensor cost, boolean maximise);

    /**
     * Minimise objective x subject to inequalities x at most limits, equalities x equal to values, and bounds of x.
     *
     * @param objective    n coefficients
     * @param inequalities rows of n coefficients
     * @param limits       one for each row of the inequalities
     * @param equalities   rows of n coefficients
     * @param values       one for each row of the equalities
     * @param lower        n lower bounds, negative infinity for none
     * @param upper        n upper bounds, infinity for none
     */
    record LinearProgram(double[] objective, double[][] inequalities, double[] limits, double[][] equalities,
            double[] values, double[] lower, double[] upper) {}

    /** How a linear program ended. */
    enum LinearOutcome {
        /** There is a best solution. */
        OPTIMAL,
        /** No x satisfies all conditions. */
        INFEASIBLE,
        /** The objective falls without limit. */
        UNBOUNDED
    }

    /**
     * The end of a linear program.
     *
     * @param outcome   how it ended
     * @param x         a best solution, empty if there is none
     * @param objective its value, NaN if there is none
     */
    record LinearSolution(LinearOutcome outcome, double[] x, double objective) {}

    /**
     * Solves a small linear program.
     *
     * @param program up to some thousands of variables and rows
     * @return a best solution, or why there is none
     */
    LinearSolution solve(LinearProgram program);

    /**
     * Orthogonal matching pursuit of many signals at once (Rubinstein, Zibulevsky and Elad 2008): greedily chooses atoms,
     * and fits their coefficients by least squares after every choice.
     *
     * @param dictionary [atoms, d], rows of any length other than 0
     * @param signals    [n, d]
     * @param nonZeros   atoms of a signal, at most min(atoms, d)
     * @param tolerance  a signal is done when its squared error is not above this share of its squared norm
     * @param scope      where the result lives
     * @return coefficients [n, atoms]
     */
    Tensor sparseCode(Tensor dictionary, Tensor signals, int nonZeros, double tolerance, Scope scope);

    /**
     * A point of a search over whole numbers.
     *
     * @param genes      one number a gene
     * @param objectives its costs
     */
    record ParetoPoint(int[] genes, double[] objectives) {}

    /**
     * NSGA-II (Deb et al. 2002) over whole numbers: uniform crossover, and one mutation a child on average, half of them to
     * a neighbouring number.
     *
     * @param bounds      for each gene, how many values it has: 0 to bound - 1
     * @param costs       what shall be small; called from one thread, and once for genes that come up again
     * @param population  at least 4, even
     * @param generations at least 0
     * @param random      for everything that is drawn
     * @return the front of what was evaluated, no point better than another in everything, by ascending first cost
     */
    List<ParetoPoint> paretoFront(int[] bounds, Function<int[], double[]> costs, int population, int generations,
            RandomStream random);
}
