package lathe.engine.check;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

import lathe.engine.autograd.GradientTape;
import lathe.spi.autograd.AttentionForm;
import lathe.spi.autograd.Variable;
import lathe.spi.backend.Activation;
import lathe.spi.backend.Compute;
import lathe.spi.numeric.Parallel;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Operations on the tape: their results once more, and their gradients. */
final class GradientChecks {
    private final OperatorCase golden;
    private final Findings found;
    private final Compute compute;
    private final Parallel parallel;
    private final Scope scope;

    GradientChecks(OperatorCase golden, Findings found, Compute compute, Parallel parallel, Scope scope) {
        this.golden = golden;
        this.found = found;
        this.compute = compute;
        this.parallel = parallel;
        this.scope = scope;
    }

    void rmsNorm() {
        check(in -> in.get("x").tape().rmsNorm(in.get("x"), in.get("w"), golden.number("weight_offset").orElse(0.0),
                golden.number("eps").orElseThrow()), "x", "w");
    }

    void layerNorm() {
        check(in -> in.get("x").tape().layerNorm(in.get("x"), in.get("w"), in.get("b"),
                golden.number("eps").orElseThrow()), "x", "w", "b");
    }

    void rope() {
        int[] positions = golden.tensor("in.positions").toInts();
        check(in -> in.get("x").tape().rotate(in.get("x"), positions, golden.rotary()), "x");
    }

    void activate(Activation function) {
        check(in -> in.get("x").activate(function), "x");
    }

    void gate(Activation function) {
        check(in -> in.get("gate").activate(function).multiply(in.get("up")), "gate", "up");
    }

    void softmax() {
        if (!golden.has("in.dy")) {
            return;
        }
        GradientTape tape = tape();
        Variable x = tape.parameter(in("x"));
        Tensor mask = scope.zeros(x.value().shape().toArray());
        Tensor flat = mask.reshape(Math.toIntExact(mask.elements()));
        double[] allowed = Findings.values(golden.tensor("in.mask"));
        for (int i = 0; i < allowed.length; i++) {
            flat.set(allowed[i] == 0 ? Double.NEGATIVE_INFINITY : 0, i);
        }
        Variable y = x.add(tape.constant(mask)).softmax();
        tape.backward(y, in("dy"));
        found.check("y", y.value());
        found.check("d_x", x.gradient());
    }

    void attention() {
        AttentionForm form = new AttentionForm(golden.number("scale").orElseThrow(), golden.flag("causal"),
                golden.number("window").map(Double::intValue), golden.number("softcap").orElse(0.0));
        if (golden.has("in.sinks")) {
            check(in -> in.get("q").tape().attention(in.get("q"), in.get("k"), in.get("v"), in.get("sinks"), form),
                    "q", "k", "v", "sinks");
        } else {
            check(in -> in.get("q").tape().attention(in.get("q"), in.get("k"), in.get("v"), form), "q", "k", "v");
        }
        Optional<Tensor> sinks = golden.has("in.sinks") ? Optional.of(in("sinks")) : Optional.empty();
        GradientTape.AttentionTrace trace = tape().trace(in("q"), in("k"), in("v"), sinks, form);
        found.check("log_sum_exp", trace.logSumExp());
        found.check("probabilities", trace.probabilities());
    }

    void embedding() {
        GradientTape tape = tape();
        Tensor dy = in("dy");
        Variable table = tape.parameter(scope.zeros(golden.number("rows").orElseThrow().intValue(), dy.size(1)));
        tape.backward(table.select(golden.tensor("in.ids").toInts()), dy);
        found.check("d_weight", table.gradient());
    }

    void crossEntropy() {
        GradientTape tape = tape();
        Variable logits = tape.parameter(in("logits"));
        int[] labels = golden.tensor("in.labels").toInts();
        long counted = Arrays.stream(labels).filter(label -> label >= 0).count();
        Variable each = tape.crossEntropy(logits, labels, golden.number("label_smoothing").orElse(0.0));
        Variable loss = golden.word("reduction").equals(Optional.of("mean")) ? each.sum().multiply(1.0 / counted)
                : each.sum();
        tape.backward(loss);
        found.check("per_token", each.value());
        found.check("loss", loss.value());
        found.check("d_logits", logits.gradient());
    }

    /** Gradients are of the mean over rows, for the second distribution, which is the student's. */
    void divergence() {
        divergence("forward", (p, q) -> p.tape().divergence(p, q));
        divergence("reverse", (p, q) -> p.tape().divergence(q, p));
        divergence("jensen_shannon", GradientChecks::jensenShannon);
    }

    @FunctionalInterface
    private interface Distance {
        Variable of(Variable p, Variable q);
    }

    private void divergence(String name, Distance distance) {
        GradientTape tape = tape();
        double inverse = 1 / golden.number("temperature").orElseThrow();
        Variable p = tape.constant(in("p_logits")).multiply(inverse);
        Variable q = tape.parameter(in("q_logits"));
        Variable each = distance.of(p, q.multiply(inverse));
        tape.backward(each.mean());
        found.check(name, each.value());
        found.check("d_" + name, q.gradient());
    }

    /** The mean of both divergences from the mixture of both. */
    private static Variable jensenShannon(Variable p, Variable q) {
        Variable mixture = p.softmax().add(q.softmax()).multiply(0.5)
                .map(x -> Math.log(Math.max(x, Double.MIN_VALUE)), x -> 1 / Math.max(x, Double.MIN_VALUE));
        return half(p, mixture).add(half(q, mixture));
    }

    private static Variable half(Variable logits, Variable mixture) {
        return logits.softmax().multiply(logits.logSoftmax().subtract(mixture)).sum(-1).multiply(0.5);
    }

    private void check(Function<Map<String, Variable>, Variable> operation, String... names) {
        GradientTape tape = tape();
        Map<String, Variable> inputs = new LinkedHashMap<>();
        for (String name : names) {
            inputs.put(name, tape.parameter(in(name)));
        }
        Variable y = operation.apply(inputs);
        tape.backward(y, in("dy"));
        found.check("y", y.value());
        inputs.forEach((name, variable) -> found.check("d_" + name, variable.gradient()));
    }

    private GradientTape tape() {
        return new GradientTape(scope, compute, parallel);
    }

    private Tensor in(String name) {
        return golden.tensor("in." + name).in(scope).to(DataType.F32);
    }
}
