package lathe.engine.numeric;

import java.util.Arrays;

import lathe.spi.numeric.Parallel;
import lathe.spi.numeric.Solvers.Interpolation;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Quantiles of rows. */
final class Quantiles {
    private Quantiles() {}

    static Tensor of(Tensor tensor, double[] quantiles, Interpolation interpolation, Parallel parallel, Scope scope) {
        if (tensor.rank() == 0 || tensor.size(-1) == 0) {
            throw new IllegalArgumentException("quantiles: a tensor of " + tensor.shape() + " has no rows of numbers.");
        }
        for (double q : quantiles) {
            if (!(q >= 0 && q <= 1)) {
                throw new IllegalArgumentException("quantiles: a quantile lies in [0, 1], but this is " + q + ".");
            }
        }
        int length = tensor.size(-1);
        int rows = Math.toIntExact(tensor.elements() / length);
        int[] sizes = tensor.shape().toArray();
        sizes[sizes.length - 1] = quantiles.length;
        Tensor result = scope.zeros(sizes);
        Tensor flat = result.reshape(rows, quantiles.length);
        try (Scope work = scope.child()) {
            Tensor matrix = (tensor.isContiguous() ? tensor : tensor.in(work).copy()).reshape(rows, length);
            parallel.forEach(rows, Math.max(1, 8192 / length), (from, to) -> {
                float[] row = new float[length];
                float[] values = new float[quantiles.length];
                for (int i = from; i < to; i++) {
                    matrix.copyRow(i, row);
                    Arrays.sort(row);
                    if (Float.isNaN(row[length - 1])) {
                        throw new IllegalArgumentException("quantiles: row " + i + " has an element that is NaN.");
                    }
                    for (int j = 0; j < values.length; j++) {
                        values[j] = (float) at(row, quantiles[j], interpolation);
                    }
                    flat.setRow(i, values);
                }
            });
        }
        return result;
    }

    private static double at(float[] sorted, double quantile, Interpolation interpolation) {
        double position = quantile * (sorted.length - 1);
        double below = sorted[(int) Math.floor(position)];
        double above = sorted[(int) Math.ceil(position)];
        return switch (interpolation) {
            case LINEAR -> below == above ? below : below + (above - below) * (position - Math.floor(position));
            case LOWER -> below;
            case HIGHER -> above;
            case MIDPOINT -> below == above ? below : (below + above) / 2;
        };
    }
}
