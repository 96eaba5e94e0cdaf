package lathe.magnitude;

import java.util.Optional;

import lathe.spi.tensor.CutRule;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.Pruned;
import lathe.spi.weight.Pruner;
import lathe.spi.weight.WeightScene;

/**
 * Magnitude pruning, as the baseline of Wanda's authors does it (locuslab/wanda, lib/prune.py, prune_magnitude).
 *
 * <p>A layer's threshold is the sorted |W| at index floor(s*n) and goes itself, so that one weight more than floor(s*n)
 * is removed, and all that tie with it. Rows lose exactly floor(s*in), ties by the lower column. Unlike the authors' code
 * a sparsity of 0 removes nothing.
 */
final class MagnitudePruner implements Pruner {
    private final MagnitudeConfig config;

    MagnitudePruner(MagnitudeConfig config) {
        this.config = config;
    }

    @Override
    public Pruned prune(WeightScene scene) {
        Tensor score = scene.weight().abs();
        return Pruned.keep(keep(score), scene.weight());
    }

    @Override
    public Optional<Tensor> score(WeightScene scene) {
        return Optional.of(scene.weight().abs());
    }

    private Mask keep(Tensor score) {
        if (config.pattern().isGrouped() || config.scope() == MagnitudeConfig.Ranking.ROW) {
            return Mask.largestPerRow(score, config.pattern(), config.sparsity());
        }
        return Mask.largestPerMatrix(score, config.sparsity(), CutRule.UP_TO_THRESHOLD);
    }
}
