package lathe.dsnot;

import static lathe.spi.statistics.StatisticKey.INPUT_SQUARES;
import static lathe.spi.statistics.StatisticKey.INPUT_SUMS;

import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

import lathe.spi.Kind;
import lathe.spi.LatheException;
import lathe.spi.Refusal;
import lathe.spi.Services;
import lathe.spi.model.ModelInfo;
import lathe.spi.statistics.Requirements;
import lathe.spi.statistics.StatisticKey;
import lathe.spi.statistics.Statistics;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.Pruned;
import lathe.spi.weight.Pruner;
import lathe.spi.weight.WeightScene;

/**
 * DSnoT (arXiv 2310.08915; authors' code: zyxxmu/DSnoT, lib/prune.py and lib/layerwrapper.py). Begins with the mask of
 * another pruner's score and swaps weights row by row, so that the expected change of the output, the sum of W_ij E[x_j]
 * over pruned weights, goes to zero. Weights themselves are not touched, and every row keeps as many as before.
 *
 * <p>Differences from the authors' code: a row stops when no candidate of the needed sign is left (theirs goes on into
 * entries that are no candidates, and ends with an index error in short rows); the score of sparsegpt is taken from a
 * Hessian that was really collected.
 *
 * <p>Narrow rows: {@code maxCycleTime} counts swaps, not a share of the row. The authors' 50 are 4 % of what a row of 4096
 * inputs keeps at 70 %, but a third of a row of 256, and then the mean of the output's error goes to zero while its square
 * grows: lathe-tiny has perplexity 183 at 70 % where Wanda's mask has 115 (an independent program finds the same). As large
 * a share of a row as in the authors' models is 3 there, which improves on Wanda at 60 %.
 */
final class DsnotPruner implements Pruner {
    private static final int ROWS_A_TASK = 16;
    private static final double TINY = Float.MIN_NORMAL;

    private final DsnotConfig config;
    private final Services services;
    private final Pruner initial;

    DsnotPruner(DsnotConfig config, Services services) {
        this.config = config;
        this.services = services;
        this.initial = services.method(Kind.PRUNER, config.initialMethod(), Pruner.class);
    }

    @Override
    public Requirements requirements() {
        Requirements first = initial.requirements();
        Set<StatisticKey> keys = new LinkedHashSet<>(first.keys());
        keys.addAll(Set.of(INPUT_SUMS, INPUT_SQUARES, WithinVariance.KEY));
        return new Requirements(keys, first.prefix(), first.sequential());
    }

    @Override
    public Optional<Refusal> refuses(ModelInfo model) {
        return initial.scores() ? initial.refuses(model) : Optional.of(Refusal.because(noScore()));
    }

    private String noScore() {
        return "DSnoT begins with a pruner that ranks weights by a score, and " + config.initialMethod().id()
                + " has none: initialMethod = wanda would be right.";
    }

    @Override
    public Pruned prune(WeightScene scene) {
        Tensor weight = scene.weight();
        Tensor score = initial.score(scene).orElseThrow(() -> new LatheException(noScore()));
        Mask first = Mask.largestPerRow(score, config.pattern(), config.sparsity());
        if (config.skipLayer().covers(scene.site().role())) {
            return Pruned.keep(first, weight);
        }
        Statistics statistics = scene.statistics();
        double sequences = Math.max(1, statistics.sequences());
        Tensor sums = statistics.get(INPUT_SUMS).divide(sequences);
        Tensor squares = statistics.get(INPUT_SQUARES).divide(sequences);
        Tensor variance = statistics.get(WithinVariance.KEY).divide(Math.max(1, statistics.tokens()));
        scene.note("input_sum", sums);
        scene.note("input_square_norm", squares);
        scene.note("input_variance", variance);
        scene.note("mask_initial", () -> numbers(first, scene));

        Tensor contribution = weight.scaleColumns(sums);
        Tensor regrowing = contribution.scaleColumns(
                variance.map(v -> Math.pow(Math.max(v, TINY), -config.powOfVarRegrowing())));
        Tensor wanda = weight.abs().scaleColumns(squares.sqrt());
        return Pruned.keep(swap(scene, first, new Scores(contribution, regrowing, wanda, score)), weight);
    }

    /** What rows are judged by, each [out, in]: C, C / V^p, Wanda's score, the first mask's score. */
    private record Scores(Tensor contribution, Tensor regrowing, Tensor wanda, Tensor initial) {}

    private Mask swap(WeightScene scene, Mask first, Scores scores) {
        int rows = first.rows();
        int columns = first.columns();
        boolean[][] kept = new boolean[rows][columns];
        float[] before = new float[rows];
        float[] after = new float[rows];
        services.parallel().forEach(rows, ROWS_A_TASK, (from, to) -> {
            RowSwaps swaps = new RowSwaps(config, columns);
            for (int row = from; row < to; row++) {
                for (int column = 0; column < columns; column++) {
                    kept[row][column] = first.keeps(row, column);
                }
                swaps.load(row, scores.contribution(), scores.regrowing(), scores.wanda(), scores.initial());
                before[row] = (float) swaps.error(kept[row]);
                after[row] = (float) swaps.run(kept[row]);
            }
        });
        scene.note("error_initial", scene.scope().of(before, rows));
        scene.note("error_final", scene.scope().of(after, rows));
        Mask.Builder mask = new Mask.Builder(rows, columns).patterned(first.pattern());
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                if (kept[row][column]) {
                    mask.keep(row, column);
                }
            }
        }
        return mask.build();
    }

    private static Tensor numbers(Mask mask, WeightScene scene) {
        return mask.apply(scene.scope().zeros(mask.rows(), mask.columns()).fill(1));
    }
}
