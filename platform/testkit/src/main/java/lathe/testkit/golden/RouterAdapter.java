package lathe.testkit.golden;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import lathe.spi.Kind;
import lathe.spi.router.Router;
import lathe.spi.router.Routing;
import lathe.spi.tensor.Tensor;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.GivenTokens;
import lathe.testkit.scene.Numbers;

/**
 * {@code route}: tokens x [n, hidden] or [batch, length, hidden] with the router's weight, or logits. {@code moe-layer}:
 * the same with experts, which are applied by the definition.
 */
final class RouterAdapter implements Adapter {
    private static final Set<String> DESCRIPTIVE = Set.of("E", "k", "S", "training");

    @Override
    public Map<String, Numbers> run(GoldenCase golden, Workbench bench) {
        Findings findings = new Findings();
        switch (golden.operation()) {
            case "route" -> route(golden, bench, findings);
            case "moe-layer" -> findings.put("y", Experts.apply(golden, route(golden, bench, findings), bench));
            default -> throw new UnknownOperationException(golden);
        }
        return findings.all();
    }

    private static Routing route(GoldenCase golden, Workbench bench, Findings findings) {
        Tensor hidden = golden.find("x").map(RouterAdapter::flat).orElseGet(() -> golden.input("logits"));
        Tensor logits = golden.find("logits").map(RouterAdapter::flat).or(
                () -> golden.find("router_weight").map(weight -> hidden.in(bench.scope()).matmulTransposed(weight)))
                .orElseGet(() -> bench.scope().zeros(hidden.size(0), golden.whole("E").orElseThrow()));
        Router router = (Router) bench.make(golden, Kind.ROUTER, descriptive(golden), List.of()).method();
        Routing routing = router.route(new GivenTokens(
                logits,
                hidden,
                golden.whole("k").orElse(1),
                lengths(golden, hidden.size(0)),
                golden.parameters().hasPath("training") && golden.parameters().getBoolean("training"),
                given(golden),
                bench.services().random().stream("router", 0),
                bench.scope(),
                findings));
        putRouting(findings, routing, logits);
        return routing;
    }

    /** Parameters and draws; cases call the correction bias just bias. */
    private static Map<String, Tensor> given(GoldenCase golden) {
        Map<String, Tensor> given = new HashMap<>(golden.inputs());
        golden.find("bias").ifPresent(bias -> given.put("correction_bias", bias));
        return given;
    }

    /** A jitter of nothing is no parameter that a router must have. */
    private static Set<String> descriptive(GoldenCase golden) {
        Set<String> names = new HashSet<>(DESCRIPTIVE);
        if (golden.number("jitter").filter(jitter -> jitter == 0).isPresent()) {
            names.add("jitter");
        }
        return names;
    }

    private static void putRouting(Findings findings, Routing routing, Tensor logits) {
        int tokens = logits.size(0);
        int experts = logits.size(1);
        int slots = routing.experts().size(1);
        double[] combine = new double[tokens * experts];
        int[] load = new int[experts];
        for (int token = 0; token < tokens; token++) {
            for (int slot = 0; slot < slots; slot++) {
                int expert = (int) routing.experts().get(token, slot);
                if (expert >= 0) {
                    combine[token * experts + expert] += routing.weights().get(token, slot);
                    load[expert]++;
                }
            }
        }
        findings.put("logits", Numbers.of(logits));
        findings.put("indices", Numbers.of(routing.experts()));
        Numbers combined = new Numbers(new int[] {tokens, experts}, combine, 0);
        findings.put("combine", combined);
        findings.put("gates", combined);
        if (!findings.all().containsKey("load")) {
            findings.put("load", Numbers.of(load));
        }
        routing.values().forEach((name, value) -> findings.put(name, Numbers.of(value)));
    }

    private static Tensor flat(Tensor rows) {
        return rows.rank() == 3 ? rows.reshape(rows.size(0) * rows.size(1), rows.size(2)) : rows;
    }

    private static int[] lengths(GoldenCase golden, int tokens) {
        Tensor x = golden.find("x").orElseGet(() -> golden.input("logits"));
        if (x.rank() == 3) {
            int[] lengths = new int[x.size(0)];
            java.util.Arrays.fill(lengths, x.size(1));
            return lengths;
        }
        return golden.find("sequence_lengths").map(Tensor::toInts).orElse(new int[] {tokens});
    }
}
