package lathe.wanda;

import java.util.Arrays;

import lathe.spi.Notes;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Tensor;

/**
 * Wanda's variant: all rows lose the same share alpha of their score sum, so that rows of even scores lose fewer weights
 * than rows with a few large ones. Alpha is bisected in [0, 0.8], starting at 0.4.
 */
final class ShareSearch {
    private static final double LARGEST_ALPHA = 0.8;
    private static final double FIRST_ALPHA = 0.4;
    private static final double CLOSE_ENOUGH = 0.001;

    private final float[][] scores;
    private final float[][] sorted;

    ShareSearch(Tensor score) {
        scores = new float[score.size(0)][score.size(1)];
        sorted = new float[scores.length][];
        for (int row = 0; row < scores.length; row++) {
            score.copyRow(row, scores[row]);
            for (float value : scores[row]) {
                if (Float.isNaN(value)) {
                    throw new IllegalArgumentException("A score of row " + row + " is NaN, so that no order exists.");
                }
            }
            sorted[row] = scores[row].clone();
            Arrays.sort(sorted[row]);
        }
    }

    /** The mask at the alpha whose sparsity is within 0.001 of the wanted one, or where the bisection ends. */
    Mask mask(double sparsity, Notes notes) {
        double low = 0;
        double high = LARGEST_ALPHA;
        double alpha = FIRST_ALPHA;
        Mask mask = at(alpha);
        while (Math.abs(mask.sparsity() - sparsity) > CLOSE_ENOUGH && high - low >= CLOSE_ENOUGH) {
            if (mask.sparsity() > sparsity) {
                high = alpha;
                alpha = (alpha + low) / 2;
            } else {
                low = alpha;
                alpha = (alpha + high) / 2;
            }
            mask = at(alpha);
        }
        notes.note("alpha", alpha);
        notes.note("sparsity_reached", mask.sparsity());
        return mask;
    }

    private Mask at(double alpha) {
        Mask.Builder builder = new Mask.Builder(scores.length, scores[0].length);
        for (int row = 0; row < scores.length; row++) {
            float threshold = threshold(sorted[row], alpha);
            for (int column = 0; column < scores[row].length; column++) {
                if (scores[row][column] > threshold) {
                    builder.keep(row, column);
                }
            }
        }
        return builder.build();
    }

    /** The last of the sorted scores whose cumulative sum is at most alpha times the whole; below all if there is none. */
    private static float threshold(float[] ascending, double alpha) {
        double sum = 0;
        for (float value : ascending) {
            sum += value;
        }
        double running = 0;
        float threshold = Float.NEGATIVE_INFINITY;
        for (float value : ascending) {
            running += value;
            if (running > alpha * sum) {
                break;
            }
            threshold = value;
        }
        return threshold;
    }
}
