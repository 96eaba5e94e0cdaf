package lathe.engine.autograd;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import lathe.spi.autograd.AttentionForm;
import lathe.spi.autograd.Input;
import lathe.spi.autograd.Tape;
import lathe.spi.autograd.Variable;
import lathe.spi.backend.Compute;
import lathe.spi.model.Rotary;
import lathe.spi.numeric.Parallel;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Shape;
import lathe.spi.tensor.Tensor;

/** A tape on the CPU: forward by the kernels that models run on, back by matrix products and loops over rows. */
public final class GradientTape implements Tape {
    /** An operation: what came out and what it was made of, as far as that wants gradients. */
    private record Step(String name, TapeVariable result, List<Input> inputs) {}

    private final Scope scope;
    private final Compute compute;
    private final RowLoops loops;
    private final List<Step> steps = new ArrayList<>();

    /**
     * @param scope    where values and gradients live, closed by the caller
     * @param compute  kernels of the CPU
     * @param parallel the pool of loops over rows
     */
    public GradientTape(Scope scope, Compute compute, Parallel parallel) {
        this.scope = requireNonNull(scope, "scope is null");
        this.compute = requireNonNull(compute, "compute is null");
        this.loops = new RowLoops(requireNonNull(parallel, "parallel is null"));
    }

    @Override
    public Variable parameter(Tensor value) {
        return new TapeVariable(this, value.in(scope), true);
    }

    @Override
    public Variable constant(Tensor value) {
        return new TapeVariable(this, value.in(scope), false);
    }

    @Override
    public Variable operation(String name, Tensor value, Input... inputs) {
        requireNonNull(name, "name is null");
        List<Input> wanting = Arrays.stream(inputs).filter(input -> own(input.variable()).wantsGradient()).toList();
        TapeVariable result = new TapeVariable(this, value.in(scope), !wanting.isEmpty());
        if (!wanting.isEmpty()) {
            steps.add(new Step(name, result, wanting));
        }
        return result;
    }

    private TapeVariable own(Variable variable) {
        if (variable.tape() != this) {
            throw new IllegalArgumentException("A variable of another tape takes part in an operation.");
        }
        return (TapeVariable) variable;
    }

    @Override
    public void backward(Variable result, Tensor gradient) {
        if (!result.wantsGradient()) {
            throw new IllegalArgumentException("Nothing that the result was computed from wants a gradient.");
        }
        TapeVariable last = own(result);
        // What is handed down in this pass, so that a second pass does not count the first one's again.
        Pass pass = new Pass();
        pass.add("backward", last, gradient.in(scope));
        for (Step step : steps.reversed()) {
            pass.take(step.result()).ifPresent(upstream -> step.inputs().forEach(input -> pass.add(step.name(),
                    (TapeVariable) input.variable(), input.gradient().apply(upstream))));
        }
        pass.finish();
    }

    /** Gradients on their way, by the numbers of their variables. */
    private final class Pass {
        private final Map<TapeVariable, Tensor> waiting = new IdentityHashMap<>();

        void add(String operation, TapeVariable variable, Tensor gradient) {
            Shape wanted = variable.value().shape();
            if (!gradient.shape().equals(wanted)) {
                throw new IllegalArgumentException("The operation " + operation + " gives a gradient of "
                        + gradient.shape() + " for a variable of " + wanted + ".");
            }
            waiting.merge(variable, gradient, (first, second) -> first.in(scope).add(second));
        }

        Optional<Tensor> take(TapeVariable variable) {
            Optional<Tensor> gradient = Optional.ofNullable(waiting.remove(variable));
            gradient.ifPresent(variable::accumulate);
            return gradient;
        }

        void finish() {
            waiting.forEach(TapeVariable::accumulate);
        }
    }

    @Override
    public Scope scope() {
        return scope;
    }

    Compute compute() {
        return compute;
    }

    RowLoops loops() {
        return loops;
    }

    @Override
    public Variable rmsNorm(Variable x, Variable gain, double offset, double epsilon) {
        return Norms.rms(this, x, gain, offset, epsilon);
    }

    @Override
    public Variable layerNorm(Variable x, Variable gain, Variable bias, double epsilon) {
        return Norms.layer(this, x, gain, bias, epsilon);
    }

    @Override
    public Variable rotate(Variable heads, int[] positions, Rotary rotary) {
        double[] back = Arrays.stream(rotary.inverseFrequencies()).map(frequency -> -frequency).toArray();
        Rotary inverse = new Rotary(back, rotary.interleaved(), rotary.magnitude());
        // A rotation's transpose is the rotation by the negative angle; the magnitude stays a factor.
        return operation("rotate", rotated(heads.value(), positions, rotary),
                Input.of(heads, upstream -> rotated(upstream, positions, inverse)));
    }

    private Tensor rotated(Tensor heads, int[] positions, Rotary rotary) {
        Tensor copy = heads.in(scope).copy();
        compute.rotate(copy, positions, rotary);
        return copy;
    }

    @Override
    public Variable attention(Variable q, Variable k, Variable v, AttentionForm form) {
        return attention(q, k, v, Optional.empty(), form);
    }

    @Override
    public Variable attention(Variable q, Variable k, Variable v, Variable sinks, AttentionForm form) {
        return attention(q, k, v, Optional.of(sinks), form);
    }

    private Variable attention(Variable q, Variable k, Variable v, Optional<Variable> sinks, AttentionForm form) {
        AttentionGradient attention = new AttentionGradient(form, q.value(), k.value(), v.value(),
                sinks.map(Variable::value), loops.parallel(), scope);
        List<Input> inputs = new ArrayList<>(List.of(
                Input.of(q, upstream -> attention.back(upstream).q()),
                Input.of(k, upstream -> attention.back(upstream).k()),
                Input.of(v, upstream -> attention.back(upstream).v())));
        sinks.ifPresent(some -> inputs.add(Input.of(some, upstream -> attention.back(upstream).sinks())));
        return operation("attention", attention.output(), inputs.toArray(Input[]::new));
    }

    /**
     * What attention computes on the way, for comparison with other software.
     *
     * @param logSumExp     [heads, n], of scaled, capped and masked scores and the sink
     * @param probabilities [heads, n, m]
     */
    public record AttentionTrace(Tensor logSumExp, Tensor probabilities) {}

    /**
     * Runs attention and keeps what it otherwise does not.
     *
     * @param q     [heads, n, d]
     * @param k     [key heads, m, d]
     * @param v     [key heads, m, value size]
     * @param sinks [heads], or none
     * @param form  scale, mask and soft-cap
     * @return probabilities and the logarithm of what they were divided by
     */
    public AttentionTrace trace(Tensor q, Tensor k, Tensor v, Optional<Tensor> sinks, AttentionForm form) {
        AttentionGradient attention = new AttentionGradient(form, q, k, v, sinks, loops.parallel(), scope);
        Tensor probabilities = scope.zeros(q.size(0), q.size(1), k.size(1));
        Tensor logSums = scope.zeros(q.size(0), q.size(1));
        double[] sums = attention.logSums();
        for (int head = 0; head < q.size(0); head++) {
            probabilities.row(head).assign(attention.probabilities(head));
            for (int row = 0; row < q.size(1); row++) {
                logSums.set(sums[head * q.size(1) + row], head, row);
            }
        }
        return new AttentionTrace(logSums, probabilities);
    }

    @Override
    public Variable crossEntropy(Variable logits, int[] labels, double smoothing) {
        return Losses.crossEntropy(this, logits, labels, smoothing);
    }

    @Override
    public Variable divergence(Variable p, Variable q) {
        return Losses.divergence(this, p, q);
    }
}
