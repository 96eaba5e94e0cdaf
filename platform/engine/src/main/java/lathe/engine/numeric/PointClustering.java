package lathe.engine.numeric;

import java.util.Arrays;

import lathe.spi.numeric.Parallel;
import lathe.spi.numeric.RandomStream;
import lathe.spi.numeric.Solvers.Clusters;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Weighted k-means of points. Distances are computed in float64, in the order of the indices. */
final class PointClustering {
    private static final int CHUNK = 64;

    private final float[] points;
    private final double[] weights;
    private final double[] centroids;
    private final int[] members;
    private final double[] distances;
    private final int n;
    private final int d;
    private final int k;
    private final Parallel parallel;

    private PointClustering(Tensor matrix, float[] given, int k, Parallel parallel) {
        n = matrix.size(0);
        d = matrix.size(1);
        this.k = k;
        this.parallel = parallel;
        points = matrix.toFloats();
        weights = new double[n];
        for (int i = 0; i < n; i++) {
            weights[i] = given == null ? 1 : given[i];
        }
        centroids = new double[k * d];
        members = new int[n];
        distances = new double[n];
    }

    static Clusters solve(Tensor points, float[] weights, int k, int iterations, RandomStream random, Parallel parallel,
            Scope scope) {
        Matrices.requireMatrix("cluster", points);
        if (k < 1 || k > points.size(0)) {
            throw new IllegalArgumentException("cluster: " + k + " clusters of points of " + points.shape() + ".");
        }
        checkWeights(points, weights);
        PointClustering clustering = new PointClustering(points, weights, k, parallel);
        clustering.seed(random);
        clustering.assign();
        for (int round = 0; round < iterations && clustering.move(); round++) {
            if (!clustering.assign()) {
                break;
            }
        }
        return clustering.result(scope);
    }

    private static void checkWeights(Tensor points, float[] weights) {
        if (weights == null) {
            return;
        }
        double sum = 0;
        for (float weight : weights) {
            if (!(weight >= 0) || Float.isInfinite(weight)) {
                throw new IllegalArgumentException("cluster: a weight is " + weight + ".");
            }
            sum += weight;
        }
        if (weights.length != points.size(0) || sum == 0) {
            throw new IllegalArgumentException(
                    "cluster: " + weights.length + " weights of sum " + sum + " for points of "
                            + points.shape() + ".");
        }
    }

    /** Each next centroid is a point drawn by weight times squared distance to the nearest one so far. */
    private void seed(RandomStream random) {
        Arrays.fill(distances, 1);
        for (int c = 0; c < k; c++) {
            double total = 0;
            for (int i = 0; i < n; i++) {
                total += weights[i] * distances[i];
            }
            int chosen = total > 0 ? draw(random.uniform(c) * total) : farthest();
            take(c, chosen);
            int latest = c;
            parallel.forEach(n, CHUNK, (from, to) -> {
                for (int i = from; i < to; i++) {
                    double distance = distance(i, latest);
                    distances[i] = latest == 0 ? distance : Math.min(distances[i], distance);
                }
            });
        }
    }

    private int draw(double target) {
        double sum = 0;
        int last = 0;
        for (int i = 0; i < n; i++) {
            double share = weights[i] * distances[i];
            if (share > 0) {
                sum += share;
                last = i;
                if (sum > target) {
                    return i;
                }
            }
        }
        return last;
    }

    private void take(int cluster, int point) {
        for (int j = 0; j < d; j++) {
            centroids[cluster * d + j] = points[point * d + j];
        }
    }

    private double distance(int point, int cluster) {
        double sum = 0;
        for (int j = 0; j < d; j++) {
            double difference = points[point * d + j] - centroids[cluster * d + j];
            sum += difference * difference;
        }
        return sum;
    }

    /** Gives every point its nearest centroid, ties to the lower one; says whether one moved. */
    private boolean assign() {
        boolean[] moved = new boolean[(n + CHUNK - 1) / CHUNK];
        parallel.forEach(n, CHUNK, (from, to) -> {
            for (int i = from; i < to; i++) {
                int nearest = 0;
                double least = Double.POSITIVE_INFINITY;
                for (int c = 0; c < k; c++) {
                    double distance = distance(i, c);
                    if (distance < least) {
                        least = distance;
                        nearest = c;
                    }
                }
                moved[from / CHUNK] |= members[i] != nearest;
                members[i] = nearest;
                distances[i] = least;
            }
        });
        for (boolean one : moved) {
            if (one) {
                return true;
            }
        }
        return false;
    }

    /** Moves centroids to the means of their points; says whether that changed one. */
    private boolean move() {
        double[] sums = new double[k * d];
        double[] totals = new double[k];
        int[] counts = new int[k];
        for (int i = 0; i < n; i++) {
            totals[members[i]] += weights[i];
            counts[members[i]]++;
            for (int j = 0; j < d; j++) {
                sums[members[i] * d + j] += weights[i] * points[i * d + j];
            }
        }
        boolean changed = false;
        for (int c = 0; c < k; c++) {
            if (counts[c] == 0) {
                int point = farthest();
                changed |= distances[point] > 0;
                take(c, point);
                distances[point] = 0;
            } else if (totals[c] > 0) {
                for (int j = 0; j < d; j++) {
                    double mean = sums[c * d + j] / totals[c];
                    changed |= mean != centroids[c * d + j];
                    centroids[c * d + j] = mean;
                }
            }
        }
        return changed;
    }

    private int farthest() {
        int farthest = 0;
        for (int i = 1; i < n; i++) {
            if (weights[i] * distances[i] > weights[farthest] * distances[farthest]) {
                farthest = i;
            }
        }
        return farthest;
    }

    private Clusters result(Scope scope) {
        double cost = 0;
        for (int i = 0; i < n; i++) {
            cost += weights[i] * distance(i, members[i]);
        }
        Tensor means = scope.zeros(k, d);
        for (int c = 0; c < k; c++) {
            for (int j = 0; j < d; j++) {
                means.set(centroids[c * d + j], c, j);
            }
        }
        return new Clusters(means, members, cost);
    }
}
