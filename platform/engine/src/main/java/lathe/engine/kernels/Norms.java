package lathe.engine.kernels;

import static lathe.engine.kernels.Memory.getFloat;
import static lathe.engine.kernels.Memory.setFloat;

import jdk.incubator.vector.FloatVector;

import lathe.spi.numeric.Parallel;

/** Norms of rows. Means are accumulated in float64. */
final class Norms {
    private static final int ROWS = 8;

    private final Parallel parallel;
    private final RowMath math;

    Norms(Parallel parallel, RowMath math) {
        this.parallel = parallel;
        this.math = math;
    }

    /**
     * RMS norm.
     *
     * @param input   rows
     * @param gain    float32, as long as a row
     * @param offset  added to the gain
     * @param epsilon added to the mean square
     * @param output  may be the input
     */
    void rms(Batch input, long gain, double offset, double epsilon, Batch output) {
        parallel.forEach(input.rows(), ROWS, (from, to) -> {
            for (int row = from; row < to; row++) {
                int count = input.columns();
                double mean = math.sumOfSquares(input.row(row), count) / count;
                affine(input.row(row), 0, (float) (1 / Math.sqrt(mean + epsilon)), gain, (float) offset, 0,
                        output.row(row), count);
            }
        });
    }

    /**
     * Layer norm.
     *
     * @param input   rows
     * @param gain    float32, as long as a row
     * @param bias    the same, or 0 for none
     * @param epsilon added to the variance
     * @param output  may be the input
     */
    void layer(Batch input, long gain, long bias, double epsilon, Batch output) {
        parallel.forEach(input.rows(), ROWS, (from, to) -> {
            for (int row = from; row < to; row++) {
                int count = input.columns();
                double mean = 0;
                for (int i = 0; i < count; i++) {
                    mean += getFloat(input.row(row) + 4L * i);
                }
                mean /= count;
                double variance = 0;
                for (int i = 0; i < count; i++) {
                    double deviation = getFloat(input.row(row) + 4L * i) - mean;
                    variance += deviation * deviation;
                }
                affine(input.row(row), (float) mean, (float) (1 / Math.sqrt(variance / count + epsilon)), gain, 0,
                        bias, output.row(row), count);
            }
        });
    }

    /** output = (input - mean) * scale * (gain + offset) + bias. */
    private void affine(long input, float mean, float scale, long gain, float offset, long bias, long output,
            int count) {
        if (math.isYoung(count)) {
            OneByOne.affine(input, mean, scale, gain, offset, bias, output, count);
        } else {
            affineInLanes(input, mean, scale, gain, offset, bias, output, count);
        }
    }

    static void affineInLanes(long input, float mean, float scale, long gain, float offset, long bias,
            long output, int count) {
        int i = 0;
        for (; i <= count - Lanes.N; i += Lanes.N) {
            FloatVector value = Lanes.floats(input + 4L * i).sub(mean).mul(scale);
            value = value.mul(Lanes.floats(gain + 4L * i).add(offset));
            Lanes.store(bias == 0 ? value : value.add(Lanes.floats(bias + 4L * i)), output + 4L * i);
        }
        for (; i < count; i++) {
            float value = (getFloat(input + 4L * i) - mean) * scale * (getFloat(gain + 4L * i) + offset);
            setFloat(output + 4L * i, bias == 0 ? value : value + getFloat(bias + 4L * i));
        }
    }

    /** output += vector for every row. */
    void addBias(Batch rows, long vector) {
        parallel.forEach(rows.rows(), 4 * ROWS, (from, to) -> {
            for (int row = from; row < to; row++) {
                math.addScaled(1, vector, rows.row(row), rows.columns());
            }
        });
    }
}
