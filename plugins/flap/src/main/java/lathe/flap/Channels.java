package lathe.flap;

import static lathe.spi.statistics.StatisticKey.INPUT_SQUARES;

import lathe.flap.FlapConfig.Metric;
import lathe.spi.statistics.Statistics;
import lathe.spi.tensor.Tensor;

/** Step 2: the metric of every input channel of a linear. */
final class Channels {
    private Channels() {}

    /** Metric of the channels: [in]. */
    static Tensor metric(Metric metric, FlapConfig config, Tensor weight, Statistics statistics) {
        return switch (metric) {
            case IFV -> fluctuation(config, statistics);
            case WIFV -> fluctuation(config, statistics).multiply(weight.square().sum(0));
            case WIFN -> weight.abs().mean(0).multiply(squareNorm(statistics).sqrt());
        };
    }

    private static Tensor fluctuation(FlapConfig config, Statistics statistics) {
        return Fluctuation.fluctuation(statistics.get(Fluctuation.KEY), config.fluctuationMode()).copy();
    }

    /** Sum of squares over tokens, averaged over sequences. */
    static Tensor squareNorm(Statistics statistics) {
        return statistics.get(INPUT_SQUARES).divide(Math.max(1, statistics.sequences()));
    }
}
