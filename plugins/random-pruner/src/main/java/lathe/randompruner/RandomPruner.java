package lathe.randompruner;

import lathe.spi.Services;
import lathe.spi.numeric.RandomStream;
import lathe.spi.numeric.RandomStreams;
import lathe.spi.tensor.CutRule;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.Pruned;
import lathe.spi.weight.Pruner;
import lathe.spi.weight.WeightScene;

/**
 * Uniform choice without replacement: every weight draws a number, the smallest go. The number depends on the experiment's
 * seed, the name of the weight's place and the entry alone, so that any order of the work gives the same mask.
 */
final class RandomPruner implements Pruner {
    private final RandomPrunerConfig config;
    private final RandomStreams random;

    RandomPruner(RandomPrunerConfig config, Services services) {
        this.config = config;
        this.random = services.random();
    }

    @Override
    public Pruned prune(WeightScene scene) {
        Tensor draws = draws(scene.weight(), random.stream(scene.site().name(), 0), scene);
        return Pruned.keep(keep(draws), scene.weight());
    }

    private Mask keep(Tensor draws) {
        if (config.pattern().isGrouped() || config.scope() == RandomPrunerConfig.Share.ROW) {
            return Mask.largestPerRow(draws, config.pattern(), config.sparsity());
        }
        return Mask.largestPerMatrix(draws, config.sparsity(), CutRule.FLOOR);
    }

    private static Tensor draws(Tensor weight, RandomStream stream, WeightScene scene) {
        int columns = weight.size(1);
        Tensor draws = scene.scope().zeros(weight.size(0), columns);
        float[] row = new float[columns];
        for (int i = 0; i < weight.size(0); i++) {
            weight.copyRow(i, row);
            for (int j = 0; j < columns; j++) {
                if (Float.isNaN(row[j])) {
                    throw new IllegalArgumentException(
                            "The weight at row " + i + ", column " + j + " is NaN: the model is damaged.");
                }
                row[j] = (float) stream.uniform((long) i * columns + j);
            }
            draws.setRow(i, row);
        }
        return draws;
    }
}
