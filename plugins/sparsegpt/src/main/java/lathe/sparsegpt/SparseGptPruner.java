package lathe.sparsegpt;

import static lathe.spi.statistics.StatisticKey.GRAM;

import java.util.Optional;

import lathe.spi.Services;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.statistics.Requirements;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.InverseFactor;
import lathe.spi.weight.Pruned;
import lathe.spi.weight.Pruner;
import lathe.spi.weight.WeightScene;

/**
 * SparseGPT (arXiv 2301.00774; authors' code: IST-DASLab/sparsegpt, sparsegpt.py). Masks are chosen a column block at a
 * time by w^2 / diag(U)^2 on the weights as updated so far; the error of each pruned entry goes to the columns after it.
 *
 * <p>Differences from the authors' code: a sparsity of 0 prunes nothing (theirs prunes the smallest score of every block);
 * a Hessian without Cholesky factor raises the damping tenfold until it has one.
 */
final class SparseGptPruner implements Pruner {
    private final SparseGptConfig config;
    private final Services services;

    SparseGptPruner(SparseGptConfig config, Services services) {
        this.config = config;
        this.services = services;
    }

    @Override
    public Requirements requirements() {
        return Requirements.of(GRAM).sequential(config.trueSequential());
    }

    @Override
    public Pruned prune(WeightScene scene) {
        Tensor weight = scene.weight();
        if (!config.pattern().isGrouped() && config.sparsity() == 0 && config.wbits().isEmpty()) {
            return Pruned.keep(Mask.all(weight.size(0), weight.size(1)), weight);
        }
        Scope scope = scene.scope();
        InverseFactor factor = factor(scene);
        Tensor working = weight.copy();
        Optional<RowGrids> grids = config.wbits().map(bits -> RowGrids.fit(working, bits));
        factor.clearDeadColumns(working);
        Sweep sweep = new Sweep(config, factor.upper(), grids, services.parallel());
        Mask mask = sweep.run(working);
        scene.note("loss_estimate", sweep.loss());
        return grids.isEmpty() ? Pruned.keep(mask, working) : Pruned.keep(mask, codes(working, grids.get(), scope));
    }

    private InverseFactor factor(WeightScene scene) {
        Scope scope = scene.scope();
        try (Scope work = scope.child()) {
            Tensor hessian = scene.statistics().get(GRAM).in(work).multiply(2.0 / scene.statistics().sequences());
            scene.note("hessian", hessian);
            InverseFactor factor = InverseFactor.overwriting(hessian, config.percdamp(), services.linearAlgebra(),
                    scope);
            scene.note("cholesky_upper", factor.upper());
            return factor;
        }
    }

    /** w^2 / diag(U)^2 on the dense weight, before any error is spread; 0 for inputs that were never active. */
    @Override
    public Optional<Tensor> score(WeightScene scene) {
        InverseFactor factor = factor(scene);
        Tensor weight = scene.weight().copy();
        factor.clearDeadColumns(weight);
        float[] squares = new float[weight.size(1)];
        for (int j = 0; j < squares.length; j++) {
            double diagonal = factor.upper().get(j, j);
            squares[j] = (float) (diagonal * diagonal);
        }
        return Optional.of(weight.square().divide(scene.scope().of(squares, squares.length)));
    }

    private static GroupQuantized codes(Tensor rounded, RowGrids grids, Scope scope) {
        Tensor codes = scope.zeros(DataType.U8, rounded.size(0), rounded.size(1));
        float[] row = new float[rounded.size(1)];
        for (int i = 0; i < rounded.size(0); i++) {
            rounded.copyRow(i, row);
            for (int j = 0; j < row.length; j++) {
                row[j] = grids.grid(i).code(row[j]);
            }
            codes.setRow(i, row);
        }
        return GroupQuantized.pack(codes, grids.bits(), -1, grids.scales(scope), Optional.of(grids.zeros(scope)),
                scope);
    }
}
