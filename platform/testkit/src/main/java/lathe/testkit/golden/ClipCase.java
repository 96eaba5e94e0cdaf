package lathe.testkit.golden;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import com.typesafe.config.ConfigValueFactory;

import lathe.spi.Kind;
import lathe.spi.model.LayerInfo;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.LinearOperator;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.BlockMethod;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.GivenBlock;
import lathe.testkit.scene.GivenStatistics;
import lathe.testkit.scene.GivenWeight;
import lathe.testkit.scene.Numbers;

/**
 * {@code search-clip}: thresholds of one linear's groups. The linear is the value projection of a block that is empty
 * otherwise, and scales are searched among the exponent 0 alone, which changes nothing.
 */
final class ClipCase {
    private ClipCase() {}

    static Map<String, Numbers> run(GoldenCase golden, Workbench bench) {
        GoldenCase unscaled = golden.withParameter("nGrid", ConfigValueFactory.fromAnyRef(1));
        BlockMethod method = (BlockMethod) bench.make(unscaled, Kind.QUANTIZER, Set.of(), List.of()).method();
        Findings findings = new Findings();
        GivenBlock block = block(golden, bench.scope(), findings);
        Map<Site, LinearOperator> operators = method.edit(block).operators();
        operators.forEach((site, operator) -> {
            if (site.role() == Role.VALUE) {
                findings.put("weight", Numbers.of(bench.dense(operator)));
            }
        });
        Numbers thresholds = findings.all().get("clip_v");
        findings.put("threshold", thresholds);
        findings.put("clipped", clipped(golden.input("weight"), thresholds));
        return findings.all();
    }

    private static GivenBlock block(GoldenCase golden, Scope scope, Findings findings) {
        Tensor value = golden.input("weight");
        int hidden = value.size(1);
        Map<Site, GivenWeight> weights = new HashMap<>();
        for (Role role : List.of(Role.QUERY, Role.KEY, Role.GATE, Role.UP)) {
            add(weights, role, scope.zeros(1, hidden), golden.input("x"), findings);
        }
        add(weights, Role.VALUE, value.in(scope).copy(), golden.input("x"), findings);
        for (Role role : List.of(Role.OUTPUT, Role.DOWN)) {
            add(weights, role, scope.zeros(1, 1), scope.zeros(golden.input("x").size(0), 1), findings);
        }
        LayerInfo layer = new LayerInfo(0, 1, 2, 1, hidden, hidden, 1, Optional.empty(), Optional.empty());
        return new GivenBlock(weights, layer, hidden, golden.input("x").size(0), scope, findings);
    }

    private static void add(
            Map<Site, GivenWeight> weights, Role role, Tensor weight, Tensor inputs, Findings findings) {
        Site site = new Site(0, role, Site.NO_EXPERT, weight.size(0), weight.size(1));
        Scope scope = weight.scope();
        GivenStatistics statistics = GivenStatistics.of(site, inputs, new int[] {inputs.size(0)}, scope);
        weights.put(site, new GivenWeight(site, weight, statistics, Optional.empty(), scope, findings));
    }

    private static Numbers clipped(Tensor weight, Numbers thresholds) {
        Numbers values = Numbers.of(weight);
        int columns = weight.size(1);
        int groups = thresholds.size(1);
        int group = (columns + groups - 1) / groups;
        double[] clipped = values.values().clone();
        for (int i = 0; i < clipped.length; i++) {
            double threshold = thresholds.values()[i / columns * groups + i % columns / group];
            clipped[i] = Math.clamp(clipped[i], -threshold, threshold);
        }
        return new Numbers(values.shape(), clipped, 0);
    }
}
