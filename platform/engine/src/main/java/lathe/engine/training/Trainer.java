package lathe.engine.training;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;

import lathe.engine.autograd.GradientTape;
import lathe.spi.LatheException;
import lathe.spi.autograd.Tape;
import lathe.spi.autograd.Variable;
import lathe.spi.backend.Compute;
import lathe.spi.numeric.Parallel;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Trains parameters step by step. Everything that the next step depends on besides its data is tensors by name, so that
 * training that is saved, ended and restored goes on as if it had not been.
 */
public final class Trainer {
    private static final String STEP = "step";

    private final Scope scope;
    private final Compute compute;
    private final Parallel parallel;
    private final OptionalDouble clip;
    private final Map<String, Trained> trained = new LinkedHashMap<>();
    private int steps;

    private record Trained(Tensor value, Optimizer optimizer, Map<String, Tensor> memory) {}

    /**
     * What a step was like.
     *
     * @param loss         before the step
     * @param gradientNorm of all parameters together, before clipping
     */
    public record Step(double loss, double gradientNorm) {}

    /** Makes variables of the parameters, by their names, and computes a loss [1]. */
    @FunctionalInterface
    public interface Loss extends Function<Map<String, Variable>, Variable> {}

    /**
     * @param scope    where parameters and the optimisers' memory live
     * @param compute  kernels of the CPU
     * @param parallel the pool
     * @param clip     largest norm of all gradients together, if there is one
     */
    public Trainer(Scope scope, Compute compute, Parallel parallel, OptionalDouble clip) {
        this.scope = requireNonNull(scope, "scope is null");
        this.compute = requireNonNull(compute, "compute is null");
        this.parallel = requireNonNull(parallel, "parallel is null");
        this.clip = requireNonNull(clip, "clip is null");
    }

    /**
     * Takes a parameter.
     *
     * @param name      unlike all others
     * @param value     float32, copied
     * @param optimizer how it is moved
     */
    public void add(String name, Tensor value, Optimizer optimizer) {
        Tensor own = value.in(scope).copy();
        if (trained.putIfAbsent(name, new Trained(own, optimizer, optimizer.start(own, scope))) != null) {
            throw new IllegalArgumentException("There is a parameter " + name + " already.");
        }
    }

    /**
     * A parameter as it is now.
     *
     * @param name its name
     * @return the tensor itself
     */
    public Tensor value(String name) {
        return trained.get(name).value();
    }

    /**
     * Goes one step.
     *
     * @param loss of this step's data
     * @param rate learning rate
     * @return loss and norm
     */
    public Step step(Function<Tape, Loss> loss, double rate) {
        try (Scope work = scope.child()) {
            Tape tape = new GradientTape(work, compute, parallel);
            Map<String, Variable> variables = new HashMap<>();
            trained.forEach((name, one) -> variables.put(name, tape.parameter(one.value())));
            Variable result = loss.apply(tape).apply(variables);
            if (!Double.isFinite(result.number())) {
                throw new LatheException("The loss of step " + (steps + 1) + " is " + result.number()
                        + ": training cannot go on from it. A smaller learning rate, or clipping, may prevent that.");
            }
            tape.backward(result);
            List<Tensor> gradients = new ArrayList<>();
            trained.keySet().forEach(name -> gradients.add(variables.get(name).gradient()));
            double norm = GradientClip.norm(gradients);
            double factor = clip.isPresent() ? GradientClip.factor(norm, clip.getAsDouble()) : 1;
            steps++;
            int i = 0;
            for (Trained one : trained.values()) {
                Tensor gradient = gradients.get(i++).in(work);
                one.optimizer().step(one.value(), gradient.multiply(factor), one.memory(), steps, rate);
            }
            return new Step(result.number(), norm);
        }
    }

    /**
     * Everything that the next step depends on besides its data.
     *
     * @return the parameters by name, what optimisers remember by name/what, and the number of steps; not copied
     */
    public Map<String, Tensor> state() {
        Map<String, Tensor> state = new LinkedHashMap<>();
        trained.forEach((name, one) -> {
            state.put(name, one.value());
            one.memory().forEach((what, tensor) -> state.put(name + "/" + what, tensor));
        });
        state.put("/" + STEP, scope.of(new int[] {steps}, 1));
        return state;
    }

    /**
     * Goes back to a state of the same parameters.
     *
     * @param state as {@link #state()} gave it, copied
     */
    public void restore(Map<String, Tensor> state) {
        Map<String, Tensor> own = state();
        if (!own.keySet().equals(state.keySet())) {
            throw new LatheException("The saved state is that of another training: it has " + state.keySet()
                    + " instead of " + own.keySet() + ".");
        }
        own.forEach((name, tensor) -> tensor.assign(state.get(name)));
        steps = state.get("/" + STEP).toInts()[0];
    }
}
