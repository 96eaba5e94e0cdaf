package lathe.engine.check;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

import lathe.engine.Engine;
import lathe.engine.autograd.GradientTape;
import lathe.engine.kernels.CpuBackend;
import lathe.spi.autograd.Variable;
import lathe.spi.backend.Compute;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Holds gradients of a tape to central differences. What is differentiated is a fixed weighted sum of all results, added
 * up in float64, so that every result takes part and no two errors cancel by symmetry.
 */
public final class GradientCheck {
    /** Float32 results are good to 1e-7: half of a step's digits are lost to it, the others to curvature. */
    private static final double STEP = 0x1p-7;
    private static final double TOLERANCE = 2e-3;

    private final Engine engine;

    /**
     * @param engine tensors and threads
     */
    public GradientCheck(Engine engine) {
        this.engine = requireNonNull(engine, "engine is null");
    }

    /**
     * Compares the gradients of all inputs.
     *
     * @param function from variables, one an input, to a result; must compute the same each time
     * @param inputs   where it is differentiated, float32
     * @return where they differ most, if by more than 0.2 % of the input's largest gradient or of 0.05
     */
    public Optional<String> difference(Function<List<Variable>, Variable> function, Tensor... inputs) {
        try (Scope scope = engine.openScope();
                Compute compute = new CpuBackend(engine).open(engine.parallel())) {
            Point point = new Point(function, inputs, scope, compute);
            for (int i = 0; i < inputs.length; i++) {
                Optional<String> difference = point.difference(i);
                if (difference.isPresent()) {
                    return difference;
                }
            }
            return Optional.empty();
        }
    }

    /** Everything at one place. */
    private final class Point {
        private final Function<List<Variable>, Variable> function;
        private final Compute compute;
        private final Scope scope;
        private final List<Tensor> values = new ArrayList<>();
        private final List<Tensor> gradients = new ArrayList<>();

        Point(Function<List<Variable>, Variable> function, Tensor[] inputs, Scope scope, Compute compute) {
            this.function = function;
            this.compute = compute;
            this.scope = scope;
            for (Tensor input : inputs) {
                values.add(input.in(scope).copy());
            }
            GradientTape tape = new GradientTape(scope, compute, engine.parallel());
            List<Variable> variables = values.stream().map(tape::parameter).toList();
            Variable result = function.apply(variables);
            tape.backward(result, weights(result.value()));
            variables.forEach(variable -> gradients.add(variable.gradient()));
        }

        private Tensor weights(Tensor result) {
            float[] weights = new float[Math.toIntExact(result.elements())];
            for (int i = 0; i < weights.length; i++) {
                weights[i] = (float) Math.cos(1 + 2.3 * i);
            }
            return scope.of(weights, result.shape().toArray());
        }

        private double value() {
            try (Scope step = scope.child()) {
                GradientTape tape = new GradientTape(step, compute, engine.parallel());
                Tensor result = function.apply(values.stream().map(tape::parameter).toList()).value();
                float[] numbers = (result.isContiguous() ? result : result.copy()).toFloats();
                double sum = 0;
                for (int i = 0; i < numbers.length; i++) {
                    sum += (float) Math.cos(1 + 2.3 * i) * (double) numbers[i];
                }
                return sum;
            }
        }

        Optional<String> difference(int input) {
            Tensor flat = values.get(input).reshape(Math.toIntExact(values.get(input).elements()));
            double[] given = Findings.values(gradients.get(input));
            double largest = 0.05;
            for (double gradient : given) {
                largest = Math.max(largest, Math.abs(gradient));
            }
            for (int i = 0; i < given.length; i++) {
                double numeric = slope(flat, i);
                if (!(Math.abs(given[i] - numeric) <= TOLERANCE * largest)) {
                    return Optional.of(String.format(Locale.ROOT,
                            "the gradient of input %d at element %d is %.6g, but differences give %.6g", input, i,
                            given[i], numeric));
                }
            }
            return Optional.empty();
        }

        private double slope(Tensor flat, int i) {
            double at = flat.get(i);
            flat.set(at + STEP, i);
            double above = flat.get(i);
            double more = value();
            flat.set(at - STEP, i);
            double below = flat.get(i);
            double less = value();
            flat.set(at, i);
            return (more - less) / (above - below);
        }
    }
}
