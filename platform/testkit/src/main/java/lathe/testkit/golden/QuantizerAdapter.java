package lathe.testkit.golden;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import com.typesafe.config.ConfigException;

import lathe.spi.Kind;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.operator.LinearOperator;
import lathe.spi.statistics.Accumulator;
import lathe.spi.statistics.ActivationBatch;
import lathe.spi.statistics.StatisticKey;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.InverseFactor;
import lathe.spi.weight.Quantizer;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.GivenStatistics;
import lathe.testkit.scene.GivenWeight;
import lathe.testkit.scene.Numbers;

/**
 * {@code quantize-matrix}: one weight [out, in], with the Hessian or the inputs if the case brings them. Results are read
 * back from the packed form. Also the stages {@code accumulate-hessian} and {@code inverse-cholesky}.
 */
final class QuantizerAdapter implements Adapter {
    @Override
    public Map<String, Numbers> run(GoldenCase golden, Workbench bench) {
        return switch (golden.operation()) {
            case "quantize-matrix", "quantise-matrix" -> quantizeMatrix(golden, bench);
            case "quantize-block", "quantise-block", "search-scales" -> BlockCase.run(golden, bench);
            case "search-clip" -> ClipCase.run(golden, bench);
            case "accumulate-hessian" -> accumulateHessian(golden, bench);
            case "inverse-cholesky" -> inverseCholesky(golden, bench);
            default -> throw new UnknownOperationException(golden);
        };
    }

    private static Map<String, Numbers> quantizeMatrix(GoldenCase golden, Workbench bench) {
        // Where a case names the convention, sym says the same once more.
        Set<String> descriptive = golden.parameters().hasPath("convention") ? Set.of("sym") : Set.of();
        Quantizer quantizer = (Quantizer) bench.make(golden, Kind.QUANTIZER, descriptive, List.of()).method();
        Tensor dense = golden.input("weight");
        Site site = new Site(0, Role.QUERY, Site.NO_EXPERT, dense.size(0), dense.size(1));
        GivenStatistics statistics = golden.statistics(site, bench.scope());
        Findings findings = new Findings();
        golden.find("token_weight").ifPresent(statistics::weighted);
        Optional<Numbers> collected = golden.find("x").map(x -> Numbers.of(
                statistics.collect(StatisticKey.GRAM).multiply(2.0 / statistics.sequences())));
        // H = 2/N X X^T is given, so that the order of sums decides nothing: the Gram matrix behind it is exact.
        golden.find("hessian").ifPresent(hessian -> statistics.with(
                StatisticKey.GRAM, hessian.multiply(statistics.sequences() / 2.0)));
        LinearOperator operator = quantizer.quantize(new GivenWeight(
                site, dense.copy(), statistics, Optional.empty(), bench.scope(), findings));
        // What the platform collects, not what the case gave the method.
        collected.ifPresent(hessian -> findings.put("hessian", hessian));
        findings.put("weight", Numbers.of(bench.dense(operator)));
        if (operator instanceof GroupQuantized codes) {
            putCodes(findings, golden, codes, bench);
        }
        return findings.all();
    }

    private static void putCodes(Findings findings, GoldenCase golden, GroupQuantized operator, Workbench bench) {
        StoredCodes stored = StoredCodes.of(operator, bench.scope());
        boolean signed = golden.word("convention").filter("signed"::equals).isPresent()
                || golden.expectation("code").filter(code -> hasNegative(code.values())).isPresent();
        double offset = signed ? 1 << (operator.bits() - 1) : 0;
        double[] codes = Arrays.stream(stored.codes().values()).map(code -> code - offset).toArray();
        findings.put("code", new Numbers(stored.codes().shape(), codes, 0));
        findings.put("scale", stored.scales());
        findings.put("zero", stored.zeros());
    }

    private static boolean hasNegative(Numbers codes) {
        return Arrays.stream(codes.values()).anyMatch(code -> code < 0);
    }

    private static Map<String, Numbers> accumulateHessian(GoldenCase golden, Workbench bench) {
        Tensor x = golden.input("x");
        int length = golden.whole("tokensPerSequence").orElseThrow(() -> new ConfigException.Missing(
                "tokensPerSequence"));
        int sequences = x.size(0) / length;
        Site site = new Site(0, Role.QUERY, Site.NO_EXPERT, 1, x.size(1));
        Accumulator accumulator = StatisticKey.GRAM.accumulator().apply(site, bench.scope());
        for (int sequence = 0; sequence < sequences; sequence++) {
            Tensor some = x.slice(0, sequence * length, (sequence + 1) * length).copy();
            accumulator.add(new ActivationBatch(some, sequence, Optional.empty()));
        }
        return Map.of("hessian", Numbers.of(accumulator.result().multiply(2.0 / sequences)));
    }

    private static Map<String, Numbers> inverseCholesky(GoldenCase golden, Workbench bench) {
        InverseFactor factor = InverseFactor.of(
                golden.input("hessian"),
                golden.number("percdamp").orElse(0.01),
                bench.services().linearAlgebra(),
                bench.scope());
        return Map.of("factor", Numbers.of(factor.upper()));
    }
}
