package lathe.awq;

import lathe.spi.numeric.Parallel;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Searches the threshold that each group of a weight is clamped to (step 16), judged by the group's part of the output on
 * a sample of the calibration tokens.
 *
 * @param config   steps and sample
 * @param rounding grids
 * @param parallel rows are independent
 */
record ClipSearch(AwqConfig config, Rounding rounding, Parallel parallel) {
    private static final int ROWS_A_TASK = 8;

    /**
     * Searches.
     *
     * @param weight [out, in]
     * @param inputs [tokens, in]
     * @param scope  where the result lives
     * @return thresholds [out, groups]
     */
    Tensor thresholds(Tensor weight, Tensor inputs, Scope scope) {
        int columns = weight.size(1);
        int group = config.groupOf(columns);
        int groups = (columns + group - 1) / group;
        Tensor thresholds = scope.zeros(weight.size(0), groups);
        float[][] samples = samples(inputs, group, groups);
        parallel.forEach(weight.size(0), ROWS_A_TASK, (first, last) -> {
            float[] row = new float[columns];
            for (int i = first; i < last; i++) {
                weight.copyRow(i, row);
                for (int g = 0; g < groups; g++) {
                    int to = Math.min(columns, (g + 1) * group);
                    thresholds.set(best(row, g * group, to, samples[g]), i, g);
                }
            }
        });
        return thresholds;
    }

    /** Every floor(n/sampleTokens)-th token, by group: [groups][token * width + column]. */
    private float[][] samples(Tensor inputs, int group, int groups) {
        int step = Math.max(1, inputs.size(0) / config.sampleTokens());
        int count = (inputs.size(0) + step - 1) / step;
        float[][] samples = new float[groups][];
        float[] token = new float[inputs.size(1)];
        for (int g = 0; g < groups; g++) {
            samples[g] = new float[count * (Math.min(token.length, (g + 1) * group) - g * group)];
        }
        for (int t = 0; t < count; t++) {
            inputs.copyRow(t * step, token);
            for (int g = 0; g < groups; g++) {
                int width = samples[g].length / count;
                System.arraycopy(token, g * group, samples[g], t * width, width);
            }
        }
        return samples;
    }

    private float best(float[] row, int from, int to, float[] samples) {
        int width = to - from;
        float largest = 0;
        for (int j = from; j < to; j++) {
            largest = Math.max(largest, Math.abs(row[j]));
        }
        float best = largest;
        double bestError = Double.POSITIVE_INFINITY;
        float[] clipped = new float[width];
        int steps = (int) (config.maxShrink() * config.clipGrid());
        for (int k = 0; k < steps; k++) {
            float threshold = largest * (1 - (float) k / config.clipGrid());
            for (int j = 0; j < width; j++) {
                clipped[j] = Math.clamp(row[from + j], -threshold, threshold);
            }
            rounding.roundGroup(clipped, 0, width);
            for (int j = 0; j < width; j++) {
                clipped[j] -= row[from + j];
            }
            double error = outputError(clipped, samples);
            if (error < bestError) {
                bestError = error;
                best = threshold;
            }
        }
        return best;
    }

    private static double outputError(float[] difference, float[] samples) {
        double sum = 0;
        for (int at = 0; at < samples.length; at += difference.length) {
            float output = 0;
            for (int j = 0; j < difference.length; j++) {
                output += samples[at + j] * difference[j];
            }
            sum += (double) output * output;
        }
        return sum;
    }

    /** Clamps every group to its threshold, in place. */
    void apply(Tensor weight, Tensor thresholds) {
        int columns = weight.size(1);
        int group = config.groupOf(columns);
        float[] row = new float[columns];
        for (int i = 0; i < weight.size(0); i++) {
            weight.copyRow(i, row);
            for (int j = 0; j < columns; j++) {
                float threshold = (float) thresholds.get(i, j / group);
                row[j] = Math.clamp(row[j], -threshold, threshold);
            }
            weight.setRow(i, row);
        }
    }
}
