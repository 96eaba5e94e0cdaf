package lathe.rsq;

import java.util.List;

import lathe.spi.tensor.Tensor;

/** Step 5: importance of the tokens of a sequence. Raw values are brought to [rMin, rMax] by {@link #inRange}. */
final class Importance {
    private Importance() {}

    /**
     * Attention that each token receives.
     *
     * @param sums [heads, tokens], probabilities summed over queries
     */
    static double[] attention(Tensor sums) {
        return doubles(sums.sum(0));
    }

    /** ||x_j||. */
    static double[] norm(Tensor x) {
        double[] norms = doubles(x.square().sum(1));
        for (int j = 0; j < norms.length; j++) {
            norms[j] = Math.sqrt(norms[j]);
        }
        return norms;
    }

    /** -||x_j - y_j||. */
    static double[] change(Tensor x, Tensor y) {
        return negated(norm(x.subtract(y)));
    }

    /** Minus how often the token occurs. */
    static double[] rarity(double[] counts) {
        return negated(counts);
    }

    /** mean_i ||x_j - x_i||^2 over all tokens i, j itself included. */
    static double[] distance(Tensor x) {
        int tokens = x.size(0);
        float[][] rows = new float[tokens][x.size(1)];
        double[] mean = new double[x.size(1)];
        double squares = 0;
        for (int i = 0; i < tokens; i++) {
            x.copyRow(i, rows[i]);
            for (int k = 0; k < mean.length; k++) {
                mean[k] += rows[i][k] / (double) tokens;
                squares += (double) rows[i][k] * rows[i][k] / tokens;
            }
        }
        double[] distances = new double[tokens];
        for (int j = 0; j < tokens; j++) {
            double own = 0;
            double product = 0;
            for (int k = 0; k < mean.length; k++) {
                own += (double) rows[j][k] * rows[j][k];
                product += rows[j][k] * mean[k];
            }
            distances[j] = own - 2 * product + squares;
        }
        return distances;
    }

    /** 1 in the chosen ones of some parts of equal length, 0 elsewhere; what is left at the end belongs to the last. */
    static double[] chunks(int tokens, int chunks, List<Integer> chosen) {
        double[] marks = new double[tokens];
        int length = Math.max(1, tokens / chunks);
        for (int j = 0; j < tokens; j++) {
            marks[j] = chosen.contains(Math.min(chunks - 1, j / length)) ? 1 : 0;
        }
        return marks;
    }

    /** r_min + (r - min) / (max - min) * (r_max - r_min) over the sequence; r_max where all are equal. */
    static double[] inRange(double[] raw, double rMin, double rMax) {
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        for (double value : raw) {
            low = Math.min(low, value);
            high = Math.max(high, value);
        }
        double[] scaled = new double[raw.length];
        for (int j = 0; j < raw.length; j++) {
            double share = high > low ? (raw[j] - low) / (high - low) : 1;
            scaled[j] = Math.clamp(rMin + share * (rMax - rMin), rMin, rMax);
        }
        return scaled;
    }

    private static double[] negated(double[] values) {
        double[] negated = new double[values.length];
        for (int j = 0; j < values.length; j++) {
            negated[j] = -values[j];
        }
        return negated;
    }

    private static double[] doubles(Tensor vector) {
        float[] values = vector.toFloats();
        double[] doubles = new double[values.length];
        for (int j = 0; j < values.length; j++) {
            doubles[j] = values[j];
        }
        return doubles;
    }

    static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int j = 0; j < values.length; j++) {
            floats[j] = (float) values[j];
        }
        return floats;
    }
}
