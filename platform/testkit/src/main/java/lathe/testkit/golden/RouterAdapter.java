package lathe.testkit.golden;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import lathe.spi.Kind;
import lathe.spi.router.Router;
import lathe.spi.router.Routing;
import lathe.spi.router.TrainableRouter;
import lathe.spi.tensor.Tensor;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.GivenTokens;
import lathe.testkit.scene.Numbers;

/**
 * {@code route}: tokens x [n, hidden] or [batch, length, hidden] with the router's weight, or logits. {@code moe-layer}:
 * the same with experts, which are applied by the definition. {@code route-gradient}: the same with the gradients
 * that are asked for. {@code hash-table}: the table that a router makes of token frequencies.
 */
final class RouterAdapter implements Adapter {
    private static final Set<String> DESCRIPTIVE = Set.of("E", "k", "S", "training", "vocabulary");

    @Override
    public Map<String, Numbers> run(GoldenCase golden, Workbench bench) {
        Findings findings = new Findings();
        switch (golden.operation()) {
            case "route" -> route(golden, bench, findings);
            case "moe-layer" -> findings.put("y", Experts.apply(golden, route(golden, bench, findings), bench));
            case "route-gradient" -> forward(golden, bench, findings);
            case "hash-table" -> hashTable(golden, bench, findings);
            default -> throw new UnknownOperationException(golden);
        }
        return shapedAsExpected(golden, findings.all());
    }

    private static void forward(GoldenCase golden, Workbench bench, Findings findings) {
        Routing routing = route(golden, bench, findings);
        if (golden.expects("y")) {
            findings.put("y", Experts.apply(golden, routing, bench));
        }
    }

    /** One token asks, so that the router makes its table and notes it. */
    private static void hashTable(GoldenCase golden, Workbench bench, Findings findings) {
        Router router = (Router) bench.make(golden, Kind.ROUTER, DESCRIPTIVE, List.of()).method();
        Map<String, Tensor> given = new HashMap<>(golden.inputs());
        given.put("token_ids", bench.scope().of(new int[] {0}, 1));
        router.route(new GivenTokens(bench.scope().zeros(1, golden.whole("E").orElseThrow()), bench.scope().zeros(1, 1),
                1, new int[] {1}, false, given, bench.services().random().stream("router", 0), bench.scope(),
                findings));
    }

    /** Methods see rows of tokens; where a case has [batch, length], its results are rows in that order too. */
    private static Map<String, Numbers> shapedAsExpected(GoldenCase golden, Map<String, Numbers> results) {
        Map<String, Numbers> shaped = new HashMap<>(results);
        for (Expectation expectation : golden.expectations()) {
            int[] wanted = expectation.values().shape();
            Numbers given = results.get(expectation.name());
            if (given != null && given.shape().length > 0 && wanted.length == given.shape().length + 1
                    && given.size(0) == wanted[0] * wanted[1]
                    && Arrays.equals(given.shape(), 1, given.shape().length, wanted, 2, wanted.length)) {
                shaped.put(expectation.name(), new Numbers(wanted, given.values(), given.filler()));
            }
        }
        return shaped;
    }

    private static Routing route(GoldenCase golden, Workbench bench, Findings findings) {
        Router router = (Router) bench.make(golden, Kind.ROUTER, descriptive(golden), List.of()).method();
        GivenTokens scene = scene(golden, bench, findings);
        Routing routing = router.route(scene);
        putRouting(findings, routing, scene.logits());
        return routing;
    }

    /** Gradients that a case asks for, if the router can be trained; whatever else a case gives is none of the router's. */
    static Map<String, Numbers> gradients(GoldenCase golden, Workbench bench) {
        Object method = bench.make(golden, Kind.ROUTER, golden.parameterNames(), List.of()).method();
        if (!(method instanceof TrainableRouter router)) {
            return Map.of();
        }
        GivenTokens scene = scene(golden, bench, new Findings());
        return RouterGradients.of(golden, router, scene, router.route(scene), bench);
    }

    private static GivenTokens scene(GoldenCase golden, Workbench bench, Findings findings) {
        Tensor hidden = golden.find("x").map(RouterAdapter::flat).orElseGet(() -> golden.input("logits"));
        Tensor logits = golden.find("logits").map(RouterAdapter::flat).or(
                () -> golden.find("router_weight").or(() -> golden.find("router_gate"))
                        .map(weight -> hidden.in(bench.scope()).matmulTransposed(weight)))
                .orElseGet(() -> bench.scope().zeros(hidden.size(0), golden.whole("E").orElseThrow()));
        return new GivenTokens(
                logits,
                hidden,
                golden.whole("k").or(() -> golden.whole("active")).orElse(1),
                lengths(golden, hidden.size(0)),
                golden.parameters().hasPath("training") && golden.parameters().getBoolean("training"),
                given(golden),
                bench.services().random().stream("router", 0),
                bench.scope(),
                findings);
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
        // A router that makes logits of its own, for instance of jittered inputs, has noted them.
        if (!findings.all().containsKey("logits")) {
            findings.put("logits", Numbers.of(logits));
        }
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
            Arrays.fill(lengths, x.size(1));
            return lengths;
        }
        return golden.find("sequence_lengths").map(Tensor::toInts).orElse(new int[] {tokens});
    }
}
