package lathe.spqr;

import static lathe.spi.statistics.StatisticKey.GRAM;

import java.util.Optional;

import lathe.spi.Services;
import lathe.spi.operator.LinearOperator;
import lathe.spi.statistics.Requirements;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.ColumnOrder;
import lathe.spi.weight.ErrorFeedback;
import lathe.spi.weight.InverseFactor;
import lathe.spi.weight.Quantizer;
import lathe.spi.weight.WeightScene;

/**
 * SpQR (arXiv 2306.03078; authors' code: Vahe1994/SpQR, spqr_engine.py, quant_groups.py, weight_permutation.py). GPTQ with
 * groups of 16 whose scales and zero points are themselves quantised, and with the weights that rounding would hurt most
 * kept as numbers and out of the fit of their group.
 *
 * <p>Differences from the authors' code: the sparse part holds an outlier's distance from the dense part, so that their sum
 * is the outlier exactly; grids are those that the stored numbers give; groups of equal weights and runs of equal scales
 * get a grid that has them, unless {@code parity} is set; a Hessian without Cholesky factor is damped more. A weight that
 * was pruned before keeps its zeros; its columns stay in their order and its scales are numbers, since sparse forms know
 * neither order nor second level.
 */
final class SpqrQuantizer implements Quantizer {
    private final SpqrConfig config;
    private final Services services;

    SpqrQuantizer(SpqrConfig config, Services services) {
        this.config = config;
        this.services = services;
    }

    @Override
    public Requirements requirements() {
        return Requirements.of(GRAM).sequential(config.trueSequential());
    }

    @Override
    public LinearOperator quantize(WeightScene scene) {
        Scope scope = scene.scope();
        Tensor weight = scene.weight();
        if (!Double.isFinite(weight.maxAbs())) {
            throw new IllegalArgumentException(
                    "The weight " + scene.site().name() + " holds NaN or infinity: no grid holds it.");
        }
        Tensor hessian = scene.statistics().get(GRAM).in(scope).multiply(2.0 / scene.statistics().sequences());
        scene.note("hessian", hessian);
        ColumnOrder order = scene.kept().isPresent() ? ColumnOrder.natural(weight.size(1)) : order(weight, hessian);
        scene.note("permutation", scope.of(order.indices(), weight.size(1)));
        Tensor working = order.permuteColumns(weight.copy());
        Tensor upper = factor(order.permute(hessian), working, scope);
        float[] diagonal = new float[weight.size(1)];
        for (int j = 0; j < diagonal.length; j++) {
            diagonal[j] = (float) upper.get(j, j);
        }
        double threshold = threshold(working, diagonal);
        scene.note("threshold", threshold);

        int group = config.group() < 1 ? diagonal.length : Math.min(config.group(), diagonal.length);
        int groups = (diagonal.length + group - 1) / group;
        Optional<Mask> kept = scene.kept();
        GroupGrids grids = new GroupGrids(config, weight.size(0), groups,
                config.scaleBits().filter(bits -> kept.isEmpty()),
                config.zeroCodeBits().filter(bits -> kept.isEmpty()));
        OutlierRounding rounding = new OutlierRounding(config, grids, working, group, diagonal, threshold, kept);
        double squares = new ErrorFeedback(upper, config.blocksize(), services.parallel()).run(working, rounding);
        scene.note("error_sum", squares);
        grids.note(scene, scope);
        return new Packing(config, order, rounding, grids, group).pack(scene);
    }

    private ColumnOrder order(Tensor weight, Tensor hessian) {
        return switch (config.permutation()) {
            case ACT_ORDER -> ColumnOrder.byDescendingDiagonal(hessian);
            case IDENTITY -> ColumnOrder.natural(weight.size(1));
            case SPEARMAN -> SpearmanOrder.of(weight, weight.scope());
        };
    }

    /** Step 1: dead inputs count in the mean that damps, and are set to 1 after it; their weights become zero. */
    private Tensor factor(Tensor hessian, Tensor weight, Scope scope) {
        Tensor damped = hessian.in(scope).copy();
        int columns = damped.size(0);
        double trace = 0;
        for (int j = 0; j < columns; j++) {
            trace += Math.abs(damped.get(j, j));
        }
        for (int j = 0; j < columns; j++) {
            double entry = damped.get(j, j);
            damped.set(entry == 0 ? 1 : entry + config.percdamp() * trace / columns, j, j);
            if (entry == 0) {
                weight.slice(1, j, j + 1).fill(0);
            }
        }
        return InverseFactor.of(damped, 0, services.linearAlgebra(), scope).upper();
    }

    /** Step 2: theta = tau * mean_j(var(W_j) / d_j^2), the variance unbiased over rows. */
    private double threshold(Tensor weight, float[] diagonal) {
        int rows = weight.size(0);
        if (config.outlierThreshold() == Double.POSITIVE_INFINITY || rows < 2) {
            return Double.POSITIVE_INFINITY;
        }
        float[] variance = weight.subtract(weight.mean(0)).square().sum(0).toFloats();
        double sum = 0;
        for (int j = 0; j < variance.length; j++) {
            sum += variance[j] / (rows - 1) / ((double) diagonal[j] * diagonal[j]);
        }
        return config.outlierThreshold() * sum / variance.length;
    }
}
