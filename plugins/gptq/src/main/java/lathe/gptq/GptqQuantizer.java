package lathe.gptq;

import static lathe.spi.statistics.StatisticKey.GRAM;

import java.util.Optional;

import lathe.spi.Services;
import lathe.spi.operator.GroupQuantized;
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
 * GPTQ (arXiv 2210.17323; authors' code: IST-DASLab/gptq, gptq.py and quant.py). Minimises ||W X - Q X||^2 by rounding one
 * column after the other and adding the error, weighted with the inverse Hessian, to the columns not yet rounded.
 *
 * <p>Differences from the authors' code: groups are fitted on current weights unless {@code parity} is set; a Hessian
 * without Cholesky factor raises the damping tenfold until it has one; codes are taken from scales as they are stored.
 * Entries that an earlier pruner removed stay zero and hand their whole value on.
 */
final class GptqQuantizer implements Quantizer {
    private final GptqConfig config;
    private final Services services;

    GptqQuantizer(GptqConfig config, Services services) {
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
        if (!Double.isFinite(scene.weight().maxAbs())) {
            throw new IllegalArgumentException(
                    "The weight " + scene.site().name() + " holds NaN or infinity: no grid holds it.");
        }
        Tensor weight = scene.weight();
        ColumnOrder order;
        InverseFactor factor;
        // The Hessian of a wide layer is larger than the layer: it is gone before anything is rounded.
        try (Scope work = scope.child()) {
            Tensor hessian = scene.statistics().get(GRAM).in(work).multiply(2.0 / scene.statistics().sequences());
            scene.note("hessian", hessian);
            order = config.actOrder()
                    ? ColumnOrder.byDescendingDiagonal(hessian)
                    : ColumnOrder.natural(weight.size(1));
            factor = InverseFactor.overwriting(order.permute(hessian), config.percdamp(), services.linearAlgebra(),
                    scope);
        }
        scene.note("factor", factor.upper());

        Tensor working = order.permuteColumns(weight.copy());
        factor.clearDeadColumns(working);
        Optional<Mask> kept = scene.kept().map(order::permuteColumns);
        GroupGrids grids = new GroupGrids(config, order, weight, working);
        GroupRounding rounding = new GroupRounding(config, grids, kept, working);
        double squares = new ErrorFeedback(factor.upper(), config.blocksize(), services.parallel())
                .run(working, rounding);

        if (config.actOrder()) {
            scene.note("permutation", scope.of(order.indices(), weight.size(1)));
        }
        scene.note("loss", squares / 2);
        return GroupQuantized.pack(
                order.restoreColumns(rounding.codes()),
                config.bits(),
                grids.group(),
                grids.scales(),
                config.sym() ? Optional.empty() : Optional.of(grids.zeros()),
                scope)
                .withColumnGroups(grids.columnGroups());
    }
}
