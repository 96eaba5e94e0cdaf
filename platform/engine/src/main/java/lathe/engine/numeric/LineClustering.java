package lathe.engine.numeric;

import java.util.Arrays;

import lathe.spi.numeric.Solvers.LineClusters;

/**
 * Exact weighted k-means on a line. The best cut before the last cluster moves right as the end does, so that each layer of
 * the dynamic program is solved by halving (Wang and Song 2011 for the program, Grønlund et al., arXiv 1701.07204, for the
 * halving).
 */
final class LineClustering {
    private final double[] values;
    /** Sums over the values before an index: of weights, of weight times value, of weight times square. */
    private final double[] weight;
    private final double[] first;
    private final double[] second;

    /** Different values, ascending, with their weights. */
    private LineClustering(double[] values, double[] weights) {
        int n = values.length;
        this.values = values;
        weight = new double[n + 1];
        first = new double[n + 1];
        second = new double[n + 1];
        // Differences of large sums of squares lose digits: distances are taken from the middle.
        double middle = values[n / 2];
        for (int i = 0; i < n; i++) {
            double x = values[i] - middle;
            weight[i + 1] = weight[i] + weights[i];
            first[i + 1] = first[i] + weights[i] * x;
            second[i + 1] = second[i] + weights[i] * x * x;
        }
    }

    static LineClusters solve(float[] values, float[] weights, int k) {
        check(values, weights, k);
        Integer[] order = new Integer[values.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (a, b) -> Float.compare(values[a] + 0f, values[b] + 0f));
        double[] different = new double[values.length];
        double[] sums = new double[values.length];
        int[] starts = new int[values.length];
        int count = 0;
        for (int i = 0; i < order.length; i++) {
            double value = values[order[i]];
            if (count == 0 || value != different[count - 1]) {
                starts[count] = i;
                different[count++] = value;
            }
            sums[count - 1] += weights == null ? 1 : weights[order[i]];
        }
        LineClustering clustering = new LineClustering(Arrays.copyOf(different, count), Arrays.copyOf(sums, count));
        return clustering.solve(Math.min(k, count), starts);
    }

    private static void check(float[] values, float[] weights, int k) {
        if (k < 1 || values.length == 0) {
            throw new IllegalArgumentException("clusterLine: " + k + " clusters of " + values.length + " values.");
        }
        if (weights != null && weights.length != values.length) {
            throw new IllegalArgumentException("clusterLine: " + weights.length + " weights for " + values.length
                    + " values.");
        }
        double sum = 0;
        for (int i = 0; i < values.length; i++) {
            float weight = weights == null ? 1 : weights[i];
            if (!Float.isFinite(values[i]) || !(weight >= 0) || Float.isInfinite(weight)) {
                throw new IllegalArgumentException(
                        "clusterLine: value " + i + " is " + values[i] + " with weight " + weight
                                + ".");
            }
            sum += weight;
        }
        if (sum == 0) {
            throw new IllegalArgumentException("clusterLine: all weights are zero.");
        }
    }

    /** Cost of one cluster of [from, to). */
    private double cost(int from, int to) {
        double w = weight[to] - weight[from];
        if (w <= 0) {
            return 0;
        }
        double sum = first[to] - first[from];
        return Math.max(0, second[to] - second[from] - sum * sum / w);
    }

    private double centroid(int from, int to) {
        double w = weight[to] - weight[from];
        return w <= 0 ? values[from] : values[values.length / 2] + (first[to] - first[from]) / w;
    }

    private LineClusters solve(int k, int[] startOfValue) {
        int n = values.length;
        double[] best = new double[n + 1];
        Arrays.fill(best, Double.POSITIVE_INFINITY);
        best[0] = 0;
        int[][] cuts = new int[k][n + 1];
        for (int layer = 0; layer < k; layer++) {
            double[] next = new double[n + 1];
            Arrays.fill(next, Double.POSITIVE_INFINITY);
            fill(layer, layer + 1, n, layer, n - 1, best, next, cuts[layer]);
            best = next;
        }
        int[] starts = new int[k];
        double[] centroids = new double[k];
        int end = n;
        for (int layer = k - 1; layer >= 0; layer--) {
            int from = cuts[layer][end];
            starts[layer] = startOfValue[from];
            centroids[layer] = centroid(from, end);
            end = from;
        }
        return new LineClusters(centroids, starts, best[n]);
    }

    /** Ends [low, high] of a layer, whose last cluster begins in [left, right]. */
    private void fill(int layer, int low, int high, int left, int right, double[] before, double[] target, int[] cuts) {
        if (low > high) {
            return;
        }
        int end = low + high >>> 1;
        int cut = -1;
        for (int from = Math.max(left, layer); from <= Math.min(right, end - 1); from++) {
            double total = before[from] + cost(from, end);
            if (cut < 0 || total < target[end]) {
                target[end] = total;
                cut = from;
            }
        }
        cuts[end] = cut;
        fill(layer, low, end - 1, left, cut, before, target, cuts);
        fill(layer, end + 1, high, cut, right, before, target, cuts);
    }
}
