package lathe.spqr;

import lathe.spi.Services;
import lathe.spi.StageScene;
import lathe.spi.tensor.Tensor;

/** Step 3a: how much the error of a group falls when one weight is left out of it. */
final class LeaveOneOut {
    private LeaveOneOut() {}

    /**
     * Gains of a row of a group. Trial grids have no second level and a real zero point.
     *
     * @param weights  the row
     * @param diagonal d_j of the columns
     * @param count    how many of both count
     * @param gains    receives base error - error without the weight
     */
    static void gains(float[] weights, float[] diagonal, int count, int bits, boolean parity, double[] gains) {
        double base = error(Grid.fit(weights, count, bits, parity), weights, diagonal, count, -1);
        Extremes extremes = Extremes.of(weights, count);
        for (int left = 0; left < count; left++) {
            Grid grid = count == 1
                    ? Grid.over(0, 0, bits, parity)
                    : Grid.over(extremes.lowWithout(weights[left]), extremes.highWithout(weights[left]), bits, parity);
            gains[left] = base - error(grid, weights, diagonal, count, left);
        }
    }

    /** The two smallest and the two largest values: what is left when one goes. */
    private record Extremes(float low, float nextLow, float nextHigh, float high) {
        static Extremes of(float[] values, int count) {
            float low = Float.POSITIVE_INFINITY;
            float nextLow = low;
            float high = Float.NEGATIVE_INFINITY;
            float nextHigh = high;
            for (int i = 0; i < count; i++) {
                float value = values[i];
                nextLow = Math.min(nextLow, Math.max(low, value));
                low = Math.min(low, value);
                nextHigh = Math.max(nextHigh, Math.min(high, value));
                high = Math.max(high, value);
            }
            return new Extremes(low, nextLow, nextHigh, high);
        }

        float lowWithout(float value) {
            return value == low ? nextLow : low;
        }

        float highWithout(float value) {
            return value == high ? nextHigh : high;
        }
    }

    private static double error(Grid grid, float[] weights, float[] diagonal, int count, int left) {
        double sum = 0;
        for (int k = 0; k < count; k++) {
            if (k != left) {
                float e = (grid.value(grid.code(weights[k])) - weights[k]) / diagonal[k];
                sum += e * e;
            }
        }
        return sum;
    }

    /** The golden stage: gains of a group, and its two-level statistics fitted as it is. */
    static void stage(SpqrConfig config, StageScene scene, Services services) {
        Tensor group = scene.input("group");
        float[] diagonal = scene.input("d").toFloats();
        Tensor gain = scene.scope().zeros(group.size(0), group.size(1));
        float[] row = new float[group.size(1)];
        float[] gains = new float[row.length];
        double[] exact = new double[row.length];
        for (int i = 0; i < group.size(0); i++) {
            group.copyRow(i, row);
            gains(row, diagonal, row.length, config.bits(), config.parity(), exact);
            for (int j = 0; j < gains.length; j++) {
                gains[j] = (float) exact[j];
            }
            gain.setRow(i, gains);
        }
        scene.note("gain", gain);
        GroupGrids grids = new GroupGrids(config, group.size(0), 1, config.scaleBits(), config.zeroCodeBits());
        for (int first = 0; first < group.size(0); first += grids.rowsTogether()) {
            int rows = Math.min(grids.rowsTogether(), group.size(0) - first);
            Grid[] fitted = new Grid[rows];
            for (int i = 0; i < rows; i++) {
                group.copyRow(first + i, row);
                fitted[i] = Grid.fit(row, row.length, config.bits(), config.parity());
            }
            grids.set(0, first, fitted);
        }
        grids.note(scene, scene.scope());
        scene.note("scale", grids.scales().values(scene.scope()));
        scene.note("zero", grids.zeros().values(scene.scope()));
    }
}
