package lathe.testkit.scene;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.Map;

import lathe.spi.router.Router;
import lathe.spi.router.Routing;
import lathe.spi.tensor.Tensor;
import lathe.testkit.reference.FixedRandom;

/**
 * One pass of tokens through a router, put together step by step; what is not said is plain: two experts a token, one
 * sequence, no training, inputs of one feature.
 */
public final class RoutingTrial {
    private final Tensor logits;
    private final Map<String, Tensor> given = new HashMap<>();
    private final Findings findings = new Findings();
    private Tensor hidden;
    private int expertsPerToken = 2;
    private int[] lengths;
    private boolean training;
    private long seed = 1;

    private RoutingTrial(Tensor logits) {
        this.logits = requireNonNull(logits, "logits is null");
        this.hidden = logits.scope().zeros(logits.size(0), 1);
        this.lengths = new int[] {logits.size(0)};
    }

    /**
     * A pass of tokens.
     *
     * @param logits [n, experts]; results live in their scope
     * @return a new trial
     */
    public static RoutingTrial of(Tensor logits) {
        return new RoutingTrial(logits);
    }

    /**
     * Sets the experts of a token.
     *
     * @param k as the model says
     * @return this
     */
    public RoutingTrial expertsPerToken(int k) {
        this.expertsPerToken = k;
        return this;
    }

    /**
     * Cuts the tokens into sequences.
     *
     * @param tokens tokens of each sequence
     * @return this
     */
    public RoutingTrial sequences(int... tokens) {
        this.lengths = tokens.clone();
        return this;
    }

    /**
     * Makes it a pass of training.
     *
     * @return this
     */
    public RoutingTrial training() {
        this.training = true;
        return this;
    }

    /**
     * Sets the inputs.
     *
     * @param inputs [n, hidden]
     * @return this
     */
    public RoutingTrial hidden(Tensor inputs) {
        this.hidden = inputs;
        return this;
    }

    /**
     * Gives a parameter, draws, {@code token_ids} or {@code padding}.
     *
     * @param name   its name
     * @param tensor its values
     * @return this
     */
    public RoutingTrial given(String name, Tensor tensor) {
        given.put(name, tensor);
        return this;
    }

    /**
     * Says what the model's own gate chooses.
     *
     * @param routing its choice
     * @return this
     */
    public RoutingTrial model(Routing routing) {
        return given("model_experts", routing.experts()).given("model_weights", routing.weights());
    }

    /**
     * Sets the seed of what the router draws itself.
     *
     * @param number any
     * @return this
     */
    public RoutingTrial seed(long number) {
        this.seed = number;
        return this;
    }

    /**
     * Routes.
     *
     * @param router the router
     * @return what it returned
     */
    public Routing route(Router router) {
        return router.route(new GivenTokens(logits, hidden, expertsPerToken, lengths, training, given,
                new FixedRandom(seed).stream("router", 0), logits.scope(), findings));
    }

    /**
     * What the router noted.
     *
     * @param name the name
     * @return the last value of it
     */
    public double[] noted(String name) {
        Numbers numbers = findings.all().get(name);
        if (numbers == null) {
            throw new AssertionError("The router noted only " + findings.all().keySet() + ", not " + name + ".");
        }
        return numbers.values();
    }

    /**
     * The weights of a routing by expert.
     *
     * @param routing what a router returned
     * @param experts number of experts
     * @return one row a token, 0 where it does not go to the expert
     */
    public static double[][] combine(Routing routing, int experts) {
        double[][] combine = new double[routing.experts().size(0)][experts];
        for (int token = 0; token < combine.length; token++) {
            for (int slot = 0; slot < routing.experts().size(1); slot++) {
                int expert = (int) routing.experts().get(token, slot);
                if (expert >= 0) {
                    combine[token][expert] += routing.weights().get(token, slot);
                }
            }
        }
        return combine;
    }

    /**
     * Tokens of every expert.
     *
     * @param routing what a router returned
     * @param experts number of experts
     * @return one count an expert
     */
    public static int[] load(Routing routing, int experts) {
        int[] load = new int[experts];
        for (int expert : routing.experts().toInts()) {
            if (expert >= 0) {
                load[expert]++;
            }
        }
        return load;
    }
}
