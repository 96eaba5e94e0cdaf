package lathe.testkit.golden;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import lathe.spi.Kind;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.Pruned;
import lathe.spi.weight.Pruner;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.GivenStatistics;
import lathe.testkit.scene.GivenWeight;
import lathe.testkit.scene.Numbers;

/**
 * {@code prune-matrix}: one weight [out, in] with its inputs x [tokens, in]. Results are the mask, the weight and, where
 * the case compares them, the errors of the output and whatever the method noted.
 */
final class PrunerAdapter implements Adapter {
    @Override
    public Map<String, Numbers> run(GoldenCase golden, Workbench bench) {
        return switch (golden.operation()) {
            case "prune-matrix" -> pruneMatrix(golden, bench);
            case "prune-model" -> ModelCase.run(golden, bench);
            default -> throw new UnknownOperationException(golden);
        };
    }

    private static Map<String, Numbers> pruneMatrix(GoldenCase golden, Workbench bench) {
        Pruner pruner = (Pruner) bench.make(golden, Kind.PRUNER, Set.of(), List.of()).method();
        Tensor dense = golden.input("weight");
        Site site = new Site(0, Role.QUERY, Site.NO_EXPERT, dense.size(0), dense.size(1));
        GivenStatistics statistics = golden.statistics(site, bench.scope());
        Findings findings = new Findings();
        Pruned pruned = pruner.prune(new GivenWeight(
                site, dense.copy(), statistics, Optional.empty(), bench.scope(), findings));
        Tensor weight = switch (pruned) {
            case Pruned.Kept kept -> kept.mask().apply(kept.weight());
            case Pruned.KeptCodes kept -> kept.mask().apply(bench.dense(kept.codes()));
            case Pruned.Replaced replaced -> bench.dense(replaced.operator());
        };
        switch (pruned) {
            case Pruned.Kept kept -> putMask(findings, kept.mask());
            case Pruned.KeptCodes kept -> putCodes(findings, kept.mask(), kept.codes(), bench);
            case Pruned.Replaced replaced -> putMask(findings, Mask.nonZero(weight));
        }
        findings.put("weight", Numbers.of(weight));
        golden.find("x").ifPresent(x -> putErrors(findings, x, dense, weight, pruned));
        return findings.all();
    }

    private static void putMask(Findings findings, Mask mask) {
        putMask("mask", findings, mask);
    }

    static void putMask(String name, Findings findings, Mask mask) {
        double[] bits = new double[mask.rows() * mask.columns()];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = mask.keeps(i / mask.columns(), i % mask.columns()) ? 1 : 0;
        }
        findings.put(name, new Numbers(new int[] {mask.rows(), mask.columns()}, bits, 0));
    }

    /** A pruned entry has the code of zero. */
    private static void putCodes(Findings findings, Mask mask, GroupQuantized codes, Workbench bench) {
        putMask(findings, mask);
        StoredCodes stored = StoredCodes.of(codes, bench.scope());
        double[] integers = stored.codes().values().clone();
        for (int i = 0; i < integers.length; i++) {
            int row = i / mask.columns();
            int column = i % mask.columns();
            if (!mask.keeps(row, column)) {
                integers[i] = stored.zero(row, column);
            }
        }
        findings.put("codes", new Numbers(stored.codes().shape(), integers, 0));
        findings.put("scale", stored.scales());
        findings.put("zero", stored.zeros());
    }

    private static void putErrors(Findings findings, Tensor x, Tensor dense, Tensor weight, Pruned pruned) {
        findings.put("output_mse", Numbers.of(meanSquare(x, dense, weight)));
        if (pruned instanceof Pruned.Kept kept) {
            findings.put("output_mse_mask_only", Numbers.of(meanSquare(x, dense, kept.mask().apply(dense))));
        }
    }

    private static double meanSquare(Tensor x, Tensor dense, Tensor weight) {
        Tensor error = x.matmulTransposed(dense.subtract(weight));
        return error.square().sum() / error.elements();
    }
}
