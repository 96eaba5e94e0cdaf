package lathe.testkit.golden;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import lathe.engine.autograd.GradientTape;
import lathe.spi.autograd.Tape;
import lathe.spi.autograd.Variable;
import lathe.spi.backend.Activation;
import lathe.spi.router.Routing;
import lathe.spi.router.RoutingGraph;
import lathe.spi.router.RoutingVariables;
import lathe.spi.router.TrainableRouter;
import lathe.spi.tensor.Tensor;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.GivenTokens;
import lathe.testkit.scene.Numbers;

/**
 * Gradients of a routing that a case asks for: of its layer's output where the case gives that a gradient, of its gates,
 * or of its loss. Experts are applied by the definition of {@link Experts}, here on a tape.
 */
final class RouterGradients {
    private static final List<String> PARAMETERS = List.of("router_weight", "router_gate", "router_up", "noise_weight",
            "scale", "gate", "up", "down", "shared_gate", "shared_up", "shared_down", "shared_scale", "wi", "wo");

    private final GoldenCase golden;
    private final TrainableRouter router;
    private final GivenTokens scene;
    private final Routing chosen;
    private final Workbench bench;
    private final Findings findings = new Findings();

    private RouterGradients(GoldenCase golden, TrainableRouter router, GivenTokens scene, Routing chosen,
            Workbench bench) {
        this.golden = golden;
        this.router = router;
        this.scene = scene;
        this.chosen = chosen;
        this.bench = bench;
    }

    /** All gradients whose names say of what they are: grad_, loss_grad_ and gates_grad_. */
    static Map<String, Numbers> of(GoldenCase golden, TrainableRouter router, GivenTokens scene, Routing chosen,
            Workbench bench) {
        RouterGradients gradients = new RouterGradients(golden, router, scene, chosen, bench);
        gradients.backward("gates_grad_", graph -> golden.find("grad_gates")
                .map(upstream -> new Way(gradients.combine(graph), upstream)));
        gradients.backward("loss_grad_", graph -> Optional.ofNullable(graph.routing().values().get("loss"))
                .map(Way::of));
        gradients.backward("grad_", graph -> golden.find("grad_y")
                .map(upstream -> new Way(gradients.layer(graph), upstream.reshape(rows(upstream))))
                .or(() -> Optional.ofNullable(graph.routing().values().get(gradients.lossName())).map(Way::of)));
        return gradients.findings.all();
    }

    /** Cases of a routing alone differentiate the balance loss, those of a gradient the loss with its coefficient. */
    private String lossName() {
        return golden.operation().equals("route") ? "balance_loss" : "loss";
    }

    private static int[] rows(Tensor tensor) {
        return new int[] {Math.toIntExact(tensor.elements() / tensor.size(-1)), tensor.size(-1)};
    }

    /** Variables of the case and what was made of them. */
    private record Graph(Tape tape, Variable x, Map<String, Variable> parameters, RoutingGraph routing) {}

    /** Where to go back from. */
    private record Way(Variable result, Tensor upstream) {
        static Way of(Variable loss) {
            return new Way(loss, loss.tape().scope().zeros(1).fill(1));
        }
    }

    private void backward(String prefix, java.util.function.Function<Graph, Optional<Way>> from) {
        if (golden.expectations().stream().noneMatch(expectation -> expectation.name().startsWith(prefix))) {
            return;
        }
        Graph graph = graph();
        from.apply(graph).ifPresent(way -> {
            way.result().tape().backward(way.result(), way.upstream().in(bench.scope()));
            put(prefix + "x", graph.x());
            graph.parameters().forEach((name, variable) -> put(prefix + name, variable));
        });
    }

    private void put(String name, Variable variable) {
        golden.expectation(name).ifPresent(expectation -> findings.put(name,
                Numbers.of(variable.gradient().reshape(expectation.values().shape()))));
    }

    private Graph graph() {
        Tape tape = new GradientTape(bench.scope(), bench.compute(), bench.services().parallel());
        Variable x = tape.parameter(scene.hidden());
        Map<String, Variable> parameters = new LinkedHashMap<>();
        PARAMETERS.forEach(name -> golden.find(name).ifPresent(value -> parameters.put(name, tape.parameter(value))));
        Variable weight = parameters.getOrDefault("router_weight", parameters.get("router_gate"));
        Variable logits = weight == null ? tape.parameter(scene.logits()) : x.matmulTransposed(weight);
        return new Graph(tape, x, parameters,
                router.differentiate(new RoutingVariables(logits, x, new HashMap<>(parameters)), scene, chosen));
    }

    /** The weight of an expert for every token, [n]. */
    private Variable column(Graph graph, int expert) {
        Tensor own = chosen.experts().in(bench.scope()).map(index -> index == expert ? 1 : 0);
        return graph.routing().weights().multiply(graph.tape().constant(own)).sum(-1);
    }

    private Variable combine(Graph graph) {
        int experts = scene.logits().size(1);
        int tokens = scene.logits().size(0);
        Variable sum = graph.tape().constant(bench.scope().zeros(tokens, experts));
        for (int expert = 0; expert < experts; expert++) {
            Tensor unit = bench.scope().zeros(1, experts);
            unit.set(1, 0, expert);
            sum = sum.add(column(graph, expert).reshape(tokens, 1).matmul(graph.tape().constant(unit)));
        }
        return sum;
    }

    private Variable layer(Graph graph) {
        List<Variable> parts = new ArrayList<>();
        for (int expert = 0; expert < scene.logits().size(1); expert++) {
            parts.add(expert(graph, expert).scaleRows(column(graph, expert)));
        }
        if (graph.parameters().containsKey("shared_gate")) {
            Variable shared = network(graph.x(), graph.parameters().get("shared_gate"),
                    graph.parameters().get("shared_up"), graph.parameters().get("shared_down"));
            Variable scale = graph.parameters().get("shared_scale");
            parts.add(scale == null ? shared : shared.scaleRows(
                    graph.x().matmulTransposed(scale).activate(Activation.SIGMOID).reshape(shared.value().size(0))));
        }
        return parts.stream().reduce(Variable::add).orElseThrow();
    }

    private Variable expert(Graph graph, int expert) {
        if (graph.parameters().containsKey("wi")) {
            return graph.x().matmulTransposed(matrix(graph, "wi", expert)).activate(Activation.RELU)
                    .matmulTransposed(matrix(graph, "wo", expert));
        }
        return network(graph.x(), matrix(graph, "gate", expert), matrix(graph, "up", expert),
                matrix(graph, "down", expert));
    }

    private static Variable matrix(Graph graph, String name, int expert) {
        Variable one = graph.parameters().get(name).select(expert);
        return one.reshape(one.value().size(1), one.value().size(2));
    }

    private static Variable network(Variable x, Variable gate, Variable up, Variable down) {
        return x.matmulTransposed(gate).activate(Activation.SILU).multiply(x.matmulTransposed(up))
                .matmulTransposed(down);
    }
}
