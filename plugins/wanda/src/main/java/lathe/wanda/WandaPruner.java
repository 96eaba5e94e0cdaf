package lathe.wanda;

import static lathe.spi.statistics.StatisticKey.INPUT_SQUARES;

import java.util.Optional;

import lathe.spi.statistics.Requirements;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.Pruned;
import lathe.spi.weight.Pruner;
import lathe.spi.weight.WeightScene;

/**
 * Wanda (Sun et al., arXiv 2306.11695): the score of a weight is its magnitude times the norm of its input channel, ranked
 * inside every output row; survivors are not touched. Authors' code: locuslab/wanda, lib/prune.py.
 *
 * <p>q_j = sum of x_j^2 over all tokens / number of sequences; score_ij = |W_ij| * sqrt(q_j); every row loses its
 * floor(s*in) smallest, ties by the lower column. In the variant a row without a score below its threshold loses nothing,
 * where the authors' code stops with an index error.
 */
final class WandaPruner implements Pruner {
    private final WandaConfig config;

    WandaPruner(WandaConfig config) {
        this.config = config;
    }

    @Override
    public Requirements requirements() {
        return Requirements.of(INPUT_SQUARES);
    }

    @Override
    public Pruned prune(WeightScene scene) {
        Tensor score = score(scene).orElseThrow();
        scene.note("score", score);
        Mask mask = config.useVariant()
                ? new ShareSearch(score).mask(config.sparsity(), scene)
                : Mask.largestPerRow(score, config.pattern(), config.sparsity());
        return Pruned.keep(mask, scene.weight());
    }

    @Override
    public Optional<Tensor> score(WeightScene scene) {
        Tensor q = scene.statistics().get(INPUT_SQUARES).divide(Math.max(1, scene.statistics().sequences()));
        scene.note("input_square_norm", q);
        return Optional.of(scene.weight().abs().scaleColumns(q.sqrt()));
    }
}
