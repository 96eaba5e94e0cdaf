package lathe.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import lathe.engine.Engine;
import lathe.engine.autograd.GradientTape;
import lathe.engine.check.GradientCheck;
import lathe.engine.kernels.CpuBackend;
import lathe.engine.training.Adam;
import lathe.engine.training.Trainer;
import lathe.spi.Kind;
import lathe.spi.autograd.AttentionForm;
import lathe.spi.autograd.Tape;
import lathe.spi.autograd.Variable;
import lathe.spi.backend.Activation;
import lathe.spi.backend.Compute;
import lathe.spi.model.Role;
import lathe.spi.model.Rotary;
import lathe.spi.model.Site;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.tuner.TunedInput;
import lathe.spi.tuner.Tuner;
import lathe.testkit.reference.FixedRandom;

/**
 * What every tuner promises. It is trained on the next token of a fixed text, in a model of one Llama-style block whose
 * seven linear layers are all tuned and whose embedding, norms and head are frozen.
 */
public abstract class TunerContract extends MethodContract {
    private static final int WORDS = 11;
    private static final int HIDDEN = 8;
    private static final int INNER = 12;
    private static final int HEADS = 2;
    private static final int[] TEXT = {1, 4, 7, 2, 9, 4, 7, 3, 9, 10, 0, 4, 7};
    private static final double RATE = 0.02;

    /** Made by subclasses. */
    protected TunerContract() {
        super();
    }

    @Override
    protected final Kind kind() {
        return Kind.TUNER;
    }

    private Map<Role, Tensor> weights() {
        Map<Role, Tensor> weights = new TreeMap<>();
        for (Role role : List.of(Role.QUERY, Role.KEY, Role.VALUE, Role.OUTPUT)) {
            weights.put(role, normal(role.name(), HIDDEN, HIDDEN).multiply(0.4));
        }
        weights.put(Role.GATE, normal("gate", INNER, HIDDEN).multiply(0.4));
        weights.put(Role.UP, normal("up", INNER, HIDDEN).multiply(0.4));
        weights.put(Role.DOWN, normal("down", HIDDEN, INNER).multiply(0.4));
        return weights;
    }

    /** A block and a text to train on. */
    private final class Training implements AutoCloseable {
        private final Tuner tuner = make(Tuner.class);
        private final Map<Role, Tensor> weights = weights();
        private final Map<Role, List<String>> names = new LinkedHashMap<>();
        private final Tensor embedding = normal("embedding", WORDS, HIDDEN);
        private final Compute compute = new CpuBackend(Engine.shared()).open(Engine.shared().parallel());
        private final Trainer trainer = new Trainer(scope(), compute, Engine.shared().parallel(),
                OptionalDouble.of(1));

        Training() {
            weights.forEach((role, weight) -> {
                Map<String, Tensor> started = tuner.start(site(role, weight), weight,
                        new FixedRandom(5).stream(role.name(), 0), scope());
                names.put(role, started.keySet().stream().sorted().toList());
                names.get(role).forEach(name -> trainer.add(role + "." + name, started.get(name),
                        Adam.decoupled(tuner.decays(name) ? 0.01 : 0)));
            });
        }

        double step() {
            return trainer.step(tape -> all -> loss(tape, (role, x) -> tuned(role, x, all)), RATE).loss();
        }

        Variable tuned(Role role, Variable x, Map<String, Variable> all) {
            Map<String, Variable> own = new HashMap<>();
            names.get(role).forEach(name -> own.put(name, all.get(role + "." + name)));
            return tuner.apply(TunedInput.of(x), weights.get(role), own);
        }

        Map<String, Tensor> values(Role role) {
            Map<String, Tensor> values = new HashMap<>();
            names.get(role).forEach(name -> values.put(name, trainer.value(role + "." + name)));
            return values;
        }

        /** The loss with the weights alone, as they are merged. */
        double merged() {
            try (Scope work = scope().child()) {
                Tape tape = new GradientTape(work, compute, Engine.shared().parallel());
                return loss(tape, (role, x) -> x.matmulTransposed(
                        tape.constant(tuner.merge(weights.get(role), values(role))))).number();
            }
        }

        double plain() {
            try (Scope work = scope().child()) {
                Tape tape = new GradientTape(work, compute, Engine.shared().parallel());
                return loss(tape, (role, x) -> x.matmulTransposed(tape.constant(weights.get(role)))).number();
            }
        }

        private Variable loss(Tape tape, Linear linear) {
            int n = TEXT.length - 1;
            Variable x = tape.constant(embedding).select(Arrays.copyOf(TEXT, n));
            Variable gain = tape.constant(scope().zeros(HIDDEN).fill(1));
            Variable read = tape.rmsNorm(x, gain, 0, 1e-5);
            Variable attended = tape.attention(heads(linear.of(Role.QUERY, read), true),
                    heads(linear.of(Role.KEY, read),
                            true),
                    heads(linear.of(Role.VALUE, read), false), AttentionForm.causal(0.5));
            Variable mixed = x.add(linear.of(Role.OUTPUT, attended.transpose(0, 1).reshape(n, HIDDEN)));
            Variable second = tape.rmsNorm(mixed, gain, 0, 1e-5);
            Variable inner = linear.of(Role.GATE, second).activate(Activation.SILU)
                    .multiply(linear.of(Role.UP, second));
            Variable logits = mixed.add(linear.of(Role.DOWN, inner)).matmulTransposed(tape.constant(embedding));
            return tape.crossEntropy(logits, Arrays.copyOfRange(TEXT, 1, n + 1), 0).mean();
        }

        private Variable heads(Variable rows, boolean rotated) {
            int n = TEXT.length - 1;
            Variable heads = rows.reshape(n, HEADS, HIDDEN / HEADS).transpose(0, 1);
            int[] positions = IntStream.range(0, n).toArray();
            return rotated ? rows.tape().rotate(heads, positions, Rotary.plain(10_000, HIDDEN / HEADS)) : heads;
        }

        @Override
        public void close() {
            compute.close();
        }
    }

    /** A linear layer of the block. */
    @FunctionalInterface
    private interface Linear {
        Variable of(Role role, Variable x);
    }

    private static Site site(Role role, Tensor weight) {
        return new Site(0, role, Site.NO_EXPERT, weight.size(0), weight.size(1));
    }

    @Test
    void changesNothingBeforeTheFirstStep() {
        try (Training training = new Training()) {
            double plain = training.plain();
            assertThat(training.merged()).isCloseTo(plain, within(1e-5));
            assertThat(training.step()).isCloseTo(plain, within(1e-5));
        }
    }

    @Test
    void lowersTheLossAndLeavesEveryFrozenBitAlone() {
        try (Training training = new Training()) {
            Map<Role, float[]> before = new HashMap<>();
            training.weights.forEach((role, weight) -> before.put(role, weight.toFloats()));
            double first = training.step();
            for (int i = 0; i < 30; i++) {
                training.step();
            }
            assertThat(training.step()).isLessThan(0.9 * first);
            training.weights.forEach((role, weight) -> assertThat(weight.toFloats()).containsExactly(before.get(role)));
        }
    }

    @Test
    void mergesIntoWeightsThatComputeTheSame() {
        try (Training training = new Training()) {
            for (int i = 0; i < 5; i++) {
                training.step();
            }
            double merged = training.merged();
            assertThat(training.step()).isCloseTo(merged, within(1e-5));
        }
    }

    @Test
    void goesOnFromASavedStateBitByBit() {
        try (Training one = new Training(); Training other = new Training()) {
            for (int i = 0; i < 3; i++) {
                one.step();
            }
            Map<String, Tensor> saved = new LinkedHashMap<>();
            one.trainer.state().forEach((name, tensor) -> saved.put(name, tensor.copy()));
            other.trainer.restore(saved);
            for (int i = 0; i < 3; i++) {
                assertThat(other.step()).isEqualTo(one.step());
            }
            one.weights.keySet().forEach(role -> one.values(role).forEach((name, tensor) -> assertThat(
                    other.values(role).get(name).toFloats()).containsExactly(tensor.toFloats())));
            saved.remove("/step");
            assertThatThrownBy(() -> other.trainer.restore(saved)).hasMessageContaining("another training");
        }
    }

    @Test
    void gradientsAreThoseOfFiniteDifferences() {
        Tuner tuner = make(Tuner.class);
        Tensor weight = normal("weight", 6, 5);
        Map<String, Tensor> started = new TreeMap<>(tuner.start(site(Role.QUERY, weight), weight,
                new FixedRandom(5).stream("start", 0), scope()));
        List<Tensor> inputs = new ArrayList<>(List.of(normal("x", 4, 5)));
        // Away from the start, where some gradients are zero.
        started.forEach((name, value) -> inputs.add(value.add(normal(name, value.shape().toArray()).multiply(0.3))));
        List<String> names = List.copyOf(started.keySet());
        for (String name : gradientsOf(names)) {
            assertThat(new GradientCheck(Engine.shared()).difference(in -> {
                Map<String, Variable> parameters = new HashMap<>();
                for (int i = 0; i < names.size(); i++) {
                    parameters.put(names.get(i), names.get(i).equals(name) ? in.get(1)
                            : in.get(0).tape().constant(inputs.get(1 + i)));
                }
                return tuner.apply(TunedInput.of(in.get(0)), weight, parameters);
            }, inputs.getFirst(), inputs.get(1 + names.indexOf(name)))).as(name).isEmpty();
        }
    }

    /**
     * The parameters whose gradients are derivatives. A method that takes something for a constant, which it is not,
     * leaves those out that it depends on.
     *
     * @param names all parameters
     * @return all, unless overridden
     */
    protected List<String> gradientsOf(List<String> names) {
        return names;
    }
}
