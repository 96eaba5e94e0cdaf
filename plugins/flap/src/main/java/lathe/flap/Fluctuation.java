package lathe.flap;

import lathe.spi.model.Site;
import lathe.spi.statistics.Accumulator;
import lathe.spi.statistics.ActivationBatch;
import lathe.spi.statistics.StatisticKey;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Step 1: of every input channel the mean over sequences of the sequences' means, and how much it fluctuates, updated with
 * every sequence: [3, in] with the mean, the fluctuation of the authors' code and that of Welford's formula. The first
 * sequence counts in the mean alone. Fluctuations are sums over tokens, divided by sequences.
 */
final class Fluctuation implements Accumulator {
    static final StatisticKey KEY = new StatisticKey("flap-fluctuation", Fluctuation::new);

    private final Scope scope;
    private final double[] mean;
    private final double[] code;
    private final double[] welford;
    private int sequences;

    Fluctuation(Site site, Scope scope) {
        this.scope = scope;
        this.mean = new double[site.inFeatures()];
        this.code = new double[site.inFeatures()];
        this.welford = new double[site.inFeatures()];
    }

    @Override
    public void add(ActivationBatch batch) {
        sequences++;
        int s = sequences;
        double[] old = mean.clone();
        double[] sum = new double[mean.length];
        float[] row = new float[mean.length];
        int tokens = batch.inputs().size(0);
        for (int token = 0; token < tokens; token++) {
            batch.inputs().copyRow(token, row);
            for (int j = 0; j < row.length; j++) {
                sum[j] += row[j];
            }
        }
        for (int j = 0; j < mean.length; j++) {
            mean[j] = mean[j] * (s - 1) / s + sum[j] / tokens / s;
        }
        if (s == 1) {
            return;
        }
        double[] squares = new double[mean.length];
        double[] products = new double[mean.length];
        for (int token = 0; token < tokens; token++) {
            batch.inputs().copyRow(token, row);
            for (int j = 0; j < row.length; j++) {
                double distance = row[j] - mean[j];
                squares[j] += distance * distance;
                products[j] += distance * (row[j] - old[j]);
            }
        }
        for (int j = 0; j < mean.length; j++) {
            code[j] = code[j] * (s - 2) / (s - 1) + squares[j] / s;
            welford[j] = welford[j] * (s - 2) / (s - 1) + products[j] / s;
        }
    }

    @Override
    public Tensor result() {
        Tensor result = scope.zeros(3, mean.length);
        result.setRow(0, floats(mean));
        result.setRow(1, floats(code));
        result.setRow(2, floats(welford));
        return result;
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int j = 0; j < values.length; j++) {
            floats[j] = (float) values[j];
        }
        return floats;
    }

    /** The mean of a collected statistic. */
    static Tensor mean(Tensor collected) {
        return collected.row(0);
    }

    /** The fluctuation of a collected statistic. */
    static Tensor fluctuation(Tensor collected, FlapConfig.FluctuationMode mode) {
        return collected.row(mode == FlapConfig.FluctuationMode.CODE ? 1 : 2);
    }
}
