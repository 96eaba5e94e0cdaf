package lathe.engine.attention;

import lathe.engine.kernels.Exponential;
import lathe.engine.kernels.Memory;

/** One number at a time: what the loops in lanes are tested against. */
final class ScalarAttentionLoops implements AttentionLoops {
    static final ScalarAttentionLoops INSTANCE = new ScalarAttentionLoops();

    private ScalarAttentionLoops() {}

    @Override
    public void scores(float[] queries, int rows, int width, Tile keys, int count, long scores) {
        for (int row = 0; row < rows; row++) {
            for (int key = 0; key < count; key++) {
                double sum = 0;
                for (int i = 0; i < width; i++) {
                    sum += (double) queries[row * width + i] * Memory.getFloat(keys.row(key) + 4L * i);
                }
                Memory.setFloat(scores + 4L * (QueryRows.STRIDE * row + key), (float) sum);
            }
        }
    }

    @Override
    public void addWeighted(long weights, int rows, Tile values, int from, int to, long sums, int width) {
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < width; i++) {
                long at = sums + 4L * (row * width + i);
                double sum = Memory.getFloat(at);
                for (int key = from; key < to; key++) {
                    double weight = Memory.getFloat(weights + 4L * (QueryRows.STRIDE * row + key));
                    sum += weight * Memory.getFloat(values.row(key) + 4L * i);
                }
                Memory.setFloat(at, (float) sum);
            }
        }
    }

    @Override
    public float largest(long scores, int from, int to) {
        float largest = Float.NEGATIVE_INFINITY;
        for (int i = from; i < to; i++) {
            largest = Math.max(largest, Memory.getFloat(scores + 4L * i));
        }
        return largest;
    }

    @Override
    public float weigh(long scores, int from, int to, int count, float maximum) {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            float weight = i < from || i >= to ? 0 : Exponential.of(Memory.getFloat(scores + 4L * i) - maximum);
            Memory.setFloat(scores + 4L * i, weight);
            sum += weight;
        }
        return (float) sum;
    }

    @Override
    public void cap(long scores, int count, float cap) {
        for (int i = 0; i < count; i++) {
            double x = Memory.getFloat(scores + 4L * i);
            Memory.setFloat(scores + 4L * i, (float) (cap * Math.tanh(x / cap)));
        }
    }
}
