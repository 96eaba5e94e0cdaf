package lathe.engine.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import lathe.engine.Engine;
import lathe.engine.EngineOptions;
import lathe.engine.check.GradientCheck;
import lathe.engine.kernels.CpuBackend;
import lathe.spi.autograd.AttentionForm;
import lathe.spi.autograd.Input;
import lathe.spi.autograd.Tape;
import lathe.spi.autograd.Variable;
import lathe.spi.backend.Activation;
import lathe.spi.backend.Compute;
import lathe.spi.model.Rotary;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

class GradientTapeTest {
    private final Scope scope = Engine.shared().openScope();
    private final Compute compute = new CpuBackend(Engine.shared()).open(Engine.shared().parallel());
    private final GradientTape tape = new GradientTape(scope, compute, Engine.shared().parallel());

    @AfterEach
    void close() {
        compute.close();
        scope.close();
    }

    /** An operation and the shapes of its inputs. */
    private record Trial(Function<List<Variable>, Variable> operation, int[]... shapes) {}

    private static Trial trial(Function<List<Variable>, Variable> operation, int[]... shapes) {
        return new Trial(operation, shapes);
    }

    private static int[] shape(int... sizes) {
        return sizes;
    }

    @TestFactory
    Stream<DynamicTest> gradientsAreThoseOfFiniteDifferences() {
        return trials().entrySet().stream().map(entry -> DynamicTest.dynamicTest(entry.getKey(), () -> {
            Trial trial = entry.getValue();
            Tensor[] inputs = Arrays.stream(trial.shapes()).map(this::random).toArray(Tensor[]::new);
            assertThat(new GradientCheck(Engine.shared()).difference(trial.operation(), inputs)).isEmpty();
        }));
    }

    private Map<String, Trial> trials() {
        Map<String, Trial> trials = new LinkedHashMap<>();
        trials.put("add", trial(in -> in.get(0).add(in.get(1)).add(in.get(2)), shape(3, 4), shape(3, 4), shape(4)));
        trials.put("subtract", trial(in -> in.get(0).subtract(in.get(1)), shape(3, 4), shape(4)));
        trials.put("multiply", trial(in -> in.get(0).multiply(in.get(1)).multiply(in.get(2)).multiply(1.5).add(2),
                shape(2, 3, 4), shape(2, 3, 4), shape(4)));
        trials.put("divide", trial(in -> in.get(0).divide(in.get(1).square().add(1)), shape(3, 4), shape(3, 4)));
        trials.put("scaleRows", trial(in -> in.get(0).scaleRows(in.get(1)), shape(3, 4), shape(3)));
        trials.put("softmax", trial(in -> in.get(0).softmax(), shape(2, 3, 5)));
        trials.put("logSoftmax", trial(in -> in.get(0).logSoftmax(), shape(3, 5)));
        trials.put("logSumExp", trial(in -> in.get(0).logSumExp(), shape(3, 5)));
        trials.put("sum of columns", trial(in -> in.get(0).square().sum(0), shape(3, 4)));
        trials.put("sum of rows", trial(in -> in.get(0).square().sum(-1), shape(2, 3, 4)));
        trials.put("mean", trial(in -> in.get(0).square().mean(), shape(3, 4)));
        trials.put("shapes", trial(in -> in.get(0).transpose(0, 1).reshape(4, 6).transpose(0, 1).select(1, 1, 4),
                shape(3, 2, 4)));
        trials.put("gather", trial(in -> in.get(0).gather(scope.of(new int[] {1, -1, 0, 2, 3, 3}, 3, 2)),
                shape(3, 4)));
        trials.put("matmul", trial(in -> in.get(0).matmul(in.get(1)).matmulTransposed(in.get(2)), shape(3, 4),
                shape(4, 5), shape(6, 5)));
        trials.put("rmsNorm", trial(in -> in.get(0).tape().rmsNorm(in.get(0), in.get(1), 1, 1e-5), shape(3, 6),
                shape(6)));
        trials.put("layerNorm", trial(in -> in.get(0).tape().layerNorm(in.get(0), in.get(1), in.get(2), 1e-5),
                shape(3, 6), shape(6), shape(6)));
        trials.put("rotate", trial(in -> in.get(0).tape().rotate(in.get(0), new int[] {0, 7, 900},
                Rotary.plain(10_000, 4)), shape(2, 3, 6)));
        trials.put("attention", trial(in -> in.get(0).tape().attention(in.get(0), in.get(1), in.get(2), in.get(3),
                new AttentionForm(0.4, true, Optional.of(3), 1.5)), shape(4, 3, 4), shape(2, 5, 4), shape(2, 5, 3),
                shape(4)));
        trials.put("crossEntropy", trial(in -> in.get(0).tape().crossEntropy(in.get(0), new int[] {2, -100, 0}, 0.1),
                shape(3, 5)));
        trials.put("divergence", trial(in -> in.get(0).tape().divergence(in.get(0), in.get(1)), shape(3, 5),
                shape(3, 5)));
        for (Activation function : Activation.values()) {
            trials.put(function.name(), trial(in -> in.get(0).activate(function), shape(3, 8)));
        }
        return trials;
    }

    /** Between -2 and 2, but not where an activation function has a kink. */
    private Tensor random(int... sizes) {
        SplittableRandom random = new SplittableRandom(sizes.length + sizes[0]);
        float[] values = new float[Arrays.stream(sizes).reduce(1, Math::multiplyExact)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) ((random.nextBoolean() ? 1 : -1) * (0.05 + 1.95 * random.nextDouble()));
        }
        return scope.of(values, sizes);
    }

    @Test
    void anOperationOfTheCallersOwnGoesBackByItsOwnFormula() {
        Variable x = tape.parameter(scope.of(new float[] {0.2f, 0.8f, -3.4f}, 3));
        Variable rounded = tape.operation("straightThrough", x.value().round(), Input.of(x, upstream -> upstream));
        tape.backward(rounded.multiply(tape.constant(scope.of(new float[] {1, 2, 3}, 3))).sum());
        assertThat(rounded.value().toFloats()).containsExactly(0, 1, -3);
        assertThat(x.gradient().toFloats()).containsExactly(1, 2, 3);
    }

    @Test
    void whatIsNotAskedForIsNotComputed() {
        Variable x = tape.parameter(scope.zeros(2).fill(3));
        Variable frozen = tape.constant(scope.zeros(2).fill(5));
        tape.backward(tape.operation("product", x.value().multiply(frozen.value()), Input.of(x, upstream -> upstream),
                Input.of(frozen, upstream -> {
                    throw new AssertionError("nobody wants the gradient of a constant");
                })));
        assertThat(frozen.wantsGradient()).isFalse();
        assertThat(frozen.gradient().toFloats()).containsExactly(0, 0);
        assertThat(x.detach().wantsGradient()).isFalse();
    }

    @Test
    void aValueThatIsUsedTwiceGetsBothGradientsAndASecondPassAddsItsOwn() {
        Variable x = tape.parameter(scope.zeros(1).fill(3));
        Variable y = x.square().add(x);
        tape.backward(y);
        assertThat(x.gradient().get(0)).isEqualTo(7);
        tape.backward(y);
        assertThat(x.gradient().get(0)).isEqualTo(14);
    }

    @Test
    void namesTheOperationWhoseGradientHasAWrongShape() {
        Variable x = tape.parameter(scope.zeros(2, 3));
        Variable y = tape.operation("broken", scope.zeros(3), Input.of(x, upstream -> upstream));
        assertThatThrownBy(() -> tape.backward(y)).hasMessageContaining("broken").hasMessageContaining("[2, 3]");
        assertThatThrownBy(() -> tape.backward(tape.constant(x.value()))).hasMessageContaining("wants a gradient");
    }

    @Test
    void bitsDoNotDependOnTheNumberOfThreads() {
        try (Engine one = Engine.create(new EngineOptions(1, false, true));
                Engine four = Engine.create(new EngineOptions(4, false, true))) {
            assertThat(blockGradient(four)).containsExactly(blockGradient(one));
        }
    }

    private float[] blockGradient(Engine engine) {
        try (Scope own = engine.openScope(); Compute kernels = new CpuBackend(engine).open(engine.parallel())) {
            Tape block = new GradientTape(own, kernels, engine.parallel());
            Variable x = block.parameter(random(96, 64).in(own).copy());
            Variable weight = block.parameter(random(64, 64).in(own).copy());
            Variable normal = block.rmsNorm(x, block.constant(own.zeros(64).fill(1)), 0, 1e-5);
            Variable heads = normal.matmulTransposed(weight).multiply(0.1).reshape(96, 4, 16).transpose(0, 1);
            Variable mixed = block.attention(heads, heads, heads, AttentionForm.causal(0.25));
            Variable logits = mixed.transpose(0, 1).reshape(96, 64).add(x);
            int[] labels = new int[96];
            Arrays.setAll(labels, i -> i % 64);
            block.backward(block.crossEntropy(logits, labels, 0).mean());
            float[] all = Arrays.copyOf(x.gradient().toFloats(), 96 * 64 + 64 * 64);
            System.arraycopy(weight.gradient().toFloats(), 0, all, 96 * 64, 64 * 64);
            return all;
        }
    }
}
