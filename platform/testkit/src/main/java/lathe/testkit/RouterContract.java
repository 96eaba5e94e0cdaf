package lathe.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

import lathe.engine.Engine;
import lathe.engine.autograd.GradientTape;
import lathe.engine.check.GradientCheck;
import lathe.engine.kernels.CpuBackend;
import lathe.spi.Kind;
import lathe.spi.autograd.Tape;
import lathe.spi.autograd.Variable;
import lathe.spi.backend.Compute;
import lathe.spi.router.Router;
import lathe.spi.router.Routing;
import lathe.spi.router.RoutingGraph;
import lathe.spi.router.RoutingVariables;
import lathe.spi.router.TrainableRouter;
import lathe.spi.tensor.Tensor;
import lathe.testkit.reference.FixedRandom;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.GivenTokens;

/** What every router promises. */
public abstract class RouterContract extends MethodContract {
    private static final int EXPERTS = 8;
    private static final int HIDDEN = 12;
    private static final String WEIGHT = "router_weight";

    /** Made by subclasses. */
    protected RouterContract() {
        super();
    }

    @Override
    protected final Kind kind() {
        return Kind.ROUTER;
    }

    /**
     * Whether the weights of a token's experts sum to 1 with the defaults.
     *
     * @return true, unless overridden
     */
    protected boolean weightsSumToOne() {
        return true;
    }

    /**
     * Whether every token goes to as many experts as the model says.
     *
     * @return true, unless overridden
     */
    protected boolean fillsAllSlots() {
        return true;
    }

    /**
     * Whether a token goes to its largest logits, the lower expert first among equal ones.
     *
     * @return true, unless overridden
     */
    protected boolean takesTheLargestLogits() {
        return true;
    }

    /**
     * Experts a token in the tests.
     *
     * @return 2, unless overridden
     */
    protected int expertsPerToken() {
        return 2;
    }

    /**
     * Tensors that a model of this sort brings beside the router's weight.
     *
     * @param tokens tokens of the test
     * @return none, unless overridden
     */
    protected Map<String, Tensor> parameters(int tokens) {
        return Map.of();
    }

    private Routing route(Tensor logits, String... hocon) {
        int tokens = logits.size(0);
        int[] lengths = tokens > 3 ? new int[] {tokens - 3, 3} : new int[] {tokens};
        return make(Router.class, hocon).route(new GivenTokens(logits, normal("hidden", tokens, HIDDEN),
                expertsPerToken(), lengths, false, new HashMap<>(parameters(tokens)),
                new FixedRandom(1).stream("router", 0), scope(), new Findings()));
    }

    private Tensor logits(int tokens) {
        return normal("logits", tokens, EXPERTS);
    }

    @Test
    void namesExpertsThatExistAndNoneTwice() {
        for (int tokens : new int[] {1, 2, 33}) {
            Routing routing = route(logits(tokens));
            assertThat(routing.experts().size(0)).isEqualTo(tokens);
            for (int token = 0; token < tokens; token++) {
                Set<Integer> seen = new HashSet<>();
                for (int slot = 0; slot < routing.experts().size(1); slot++) {
                    int expert = (int) routing.experts().get(token, slot);
                    assertThat(expert).isBetween(-1, EXPERTS - 1);
                    assertThat(expert < 0 || seen.add(expert)).as("token %s names %s twice", token, expert).isTrue();
                }
            }
        }
    }

    @Test
    void fillsTheSlotsThatTheModelHas() {
        Assumptions.assumeTrue(fillsAllSlots(), "The router may leave slots empty.");
        Routing routing = route(logits(20));
        assertThat(routing.experts().size(1)).isEqualTo(expertsPerToken());
        for (int expert : routing.experts().toInts()) {
            assertThat(expert).isNotNegative();
        }
    }

    @Test
    void weighsWithFiniteNumbersAndEmptySlotsWithZero() {
        Routing routing = route(logits(33).multiply(30));
        for (int token = 0; token < 33; token++) {
            for (int slot = 0; slot < routing.experts().size(1); slot++) {
                double weight = routing.weights().get(token, slot);
                assertThat(weight).isFinite().isNotNegative();
                if (routing.experts().get(token, slot) < 0) {
                    assertThat(weight).isZero();
                }
            }
        }
    }

    @Test
    void sharesOneAmongTheExpertsOfAToken() {
        Assumptions.assumeTrue(weightsSumToOne(), "The weights of this router do not sum to 1.");
        Routing routing = route(logits(33));
        for (int token = 0; token < 33; token++) {
            double sum = 0;
            for (int slot = 0; slot < routing.weights().size(1); slot++) {
                sum += routing.weights().get(token, slot);
            }
            assertThat(sum).isCloseTo(1, within(1e-5));
        }
    }

    @Test
    void takesTheLargestLogitsOfEveryToken() {
        Assumptions.assumeTrue(takesTheLargestLogits(), "The router does not go by the logits alone.");
        Tensor logits = logits(20);
        Routing routing = route(logits);
        int[] expected = logits.topK(expertsPerToken()).toInts();
        for (int token = 0; token < 20; token++) {
            Set<Integer> wanted = new HashSet<>();
            Set<Integer> given = new HashSet<>();
            for (int slot = 0; slot < expertsPerToken(); slot++) {
                wanted.add(expected[token * expertsPerToken() + slot]);
                given.add((int) routing.experts().get(token, slot));
            }
            assertThat(given).as("token %s", token).isEqualTo(wanted);
        }
    }

    @Test
    void breaksTiesByTheLowerExpert() {
        Assumptions.assumeTrue(takesTheLargestLogits(), "The router does not go by the logits alone.");
        Routing routing = route(scope().zeros(5, EXPERTS));
        for (int token = 0; token < 5; token++) {
            for (int slot = 0; slot < expertsPerToken(); slot++) {
                assertThat(routing.experts().get(token, slot)).isLessThan(expertsPerToken());
            }
        }
    }

    @Test
    void routesTheSameTwice() {
        Routing first = route(logits(33));
        Routing second = route(logits(33));
        assertThat(second.experts().toInts()).containsExactly(first.experts().toInts());
        assertThat(second.weights().toFloats()).containsExactly(first.weights().toFloats());
        assertThat(second.values()).isEqualTo(first.values());
    }

    @Test
    void refusesNaNWithASentence() {
        Assumptions.assumeTrue(takesTheLargestLogits(), "The router does not go by the logits alone.");
        Tensor logits = logits(6);
        logits.set(Double.NaN, 4, 3);
        assertThatThrownBy(() -> route(logits)).hasMessageContaining("NaN");
    }

    @Test
    void differentiatesTheWeightsAndLossesThatItGives() {
        TrainableRouter router = trainable();
        GivenTokens scene = trained(33);
        Routing routing = router.route(scene);
        try (Compute compute = new CpuBackend(Engine.shared()).open(Engine.shared().parallel())) {
            Tape tape = new GradientTape(scope(), compute, Engine.shared().parallel());
            RoutingGraph graph = router.differentiate(variables(scene, tape::parameter), scene, routing);
            assertThat(graph.weights().value().shape()).isEqualTo(routing.weights().shape());
            assertThat(graph.weights().value().subtract(routing.weights()).maxAbs()).isLessThan(1e-6);
            graph.values().forEach((name, value) -> assertThat(value.number()).as(name)
                    .isCloseTo(routing.values().get(name), within(1e-5)));
        }
    }

    @Test
    void gradientsOfWeightsAndLossAreThoseOfFiniteDifferences() {
        TrainableRouter router = trainable();
        GivenTokens scene = trained(5);
        Routing routing = router.route(scene);
        List<String> names = List.copyOf(scene.given().keySet());
        List<Tensor> inputs = new ArrayList<>(List.of(scene.hidden()));
        names.forEach(name -> inputs.add(scene.given().get(name)));
        for (boolean loss : new boolean[] {false, true}) {
            assertThat(new GradientCheck(Engine.shared()).difference(in -> {
                Map<String, Variable> parameters = new HashMap<>();
                names.forEach(name -> parameters.put(name, in.get(1 + names.indexOf(name))));
                RoutingGraph graph = router.differentiate(new RoutingVariables(
                        in.get(0).matmulTransposed(parameters.get(WEIGHT)), in.get(0), parameters), scene, routing);
                return loss ? graph.values().getOrDefault("loss", graph.weights().sum()) : graph.weights();
            }, inputs.toArray(new Tensor[0]))).as(loss ? "loss" : "weights").isEmpty();
        }
    }

    private TrainableRouter trainable() {
        Router router = make(Router.class);
        Assumptions.assumeTrue(router instanceof TrainableRouter, "The router is for inference alone.");
        return (TrainableRouter) router;
    }

    private GivenTokens trained(int tokens) {
        Map<String, Tensor> given = new HashMap<>(parameters(tokens));
        given.put(WEIGHT, normal("weight", EXPERTS, HIDDEN));
        Tensor hidden = normal("hidden", tokens, HIDDEN).multiply(0.5);
        return new GivenTokens(hidden.matmulTransposed(given.get(WEIGHT)), hidden, expertsPerToken(),
                new int[] {tokens}, true, given, new FixedRandom(1).stream("router", 0), scope(), new Findings());
    }

    private static RoutingVariables variables(GivenTokens scene, Function<Tensor, Variable> maker) {
        Map<String, Variable> parameters = new HashMap<>();
        scene.given().forEach((name, value) -> parameters.put(name, maker.apply(value)));
        return new RoutingVariables(maker.apply(scene.logits()), maker.apply(scene.hidden()), parameters);
    }
}
