package lathe.engine.check;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

import lathe.spi.attention.AttentionPlan;
import lathe.spi.backend.Activation;
import lathe.spi.backend.AttentionCall;
import lathe.spi.backend.AttentionResult;
import lathe.spi.backend.Compute;
import lathe.spi.kv.KvView;
import lathe.spi.kv.Observation;
import lathe.spi.kv.PlainSegment;
import lathe.spi.model.LayerInfo;
import lathe.spi.model.Rotary;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Norms, rotary positions, activations and attention. */
final class KernelChecks {
    private final OperatorCase golden;
    private final Findings found;
    private final Compute compute;
    private final Scope scope;

    KernelChecks(OperatorCase golden, Findings found, Compute compute, Scope scope) {
        this.golden = golden;
        this.found = found;
        this.compute = compute;
        this.scope = scope;
    }

    void rmsNorm() {
        Tensor x = in("x");
        Tensor y = scope.zeros(x.shape().toArray());
        compute.rmsNorm(x, in("w"), golden.number("weight_offset").orElse(0.0), epsilon(), y);
        found.check("y", y);
    }

    void layerNorm() {
        Tensor x = in("x");
        Tensor y = scope.zeros(x.shape().toArray());
        compute.layerNorm(x, in("w"), golden.has("in.b") ? in("b") : null, epsilon(), y);
        found.check("y", y);
    }

    private double epsilon() {
        return golden.number("eps").orElseThrow();
    }

    void rope() {
        Rotary rotary = golden.rotary();
        double[] frequencies = rotary.inverseFrequencies();
        Tensor x = in("x");
        int[] positions = golden.tensor("in.positions").toInts();
        double[] cos = new double[positions.length * frequencies.length];
        double[] sin = new double[cos.length];
        for (int i = 0; i < cos.length; i++) {
            double angle = positions[i / frequencies.length] * frequencies[i % frequencies.length];
            cos[i] = rotary.magnitude() * Math.cos(angle);
            sin[i] = rotary.magnitude() * Math.sin(angle);
        }
        found.check("inverse_frequencies", frequencies);
        found.check("cos", cos);
        found.check("sin", sin);
        compute.rotate(x, positions, rotary);
        found.check("y", x);
    }

    /** The function of the case, if it is one that is known. */
    Optional<Activation> gate() {
        String name = golden.name();
        Optional<Activation> function = name.startsWith("swiglu") ? Optional.of(Activation.SILU)
                : name.startsWith("geglu-erf") ? Optional.of(Activation.GELU)
                        : name.startsWith("geglu-tanh") ? Optional.of(Activation.GELU_TANH)
                                : name.startsWith("reglu") ? Optional.of(Activation.RELU) : Optional.empty();
        function.ifPresent(known -> {
            Tensor gate = in("gate");
            compute.gate(gate, in("up"), known, gate);
            found.check("y", gate);
        });
        return function;
    }

    /** The function of the case, if it is one that is known. */
    Optional<Activation> activate() {
        Optional<Activation> function = switch (golden.name().replaceFirst("-.*", "")) {
            case "relu2" -> Optional.of(Activation.RELU_SQUARED);
            case "relu" -> Optional.of(Activation.RELU);
            case "relu6" -> Optional.of(Activation.RELU_SIX);
            case "silu" -> Optional.of(Activation.SILU);
            case "gelu" -> Optional.of(golden.name().contains("tanh") ? Activation.GELU_TANH : Activation.GELU);
            case "quick_gelu" -> Optional.of(Activation.GELU_QUICK);
            case "mish" -> Optional.of(Activation.MISH);
            case "tanh" -> Optional.of(Activation.TANH);
            case "sigmoid" -> Optional.of(Activation.SIGMOID);
            default -> Optional.empty();
        };
        function.ifPresent(known -> {
            Tensor x = in("x");
            compute.activate(x, known);
            found.check("y", x);
        });
        return function;
    }

    void attention() {
        if (golden.has("in.sinks")) {
            // Learned sink logits are no part of an attention call, only of attention on the tape.
            return;
        }
        Tensor q = in("q");
        Tensor k = in("k");
        Tensor v = in("v");
        int n = q.size(1);
        int before = k.size(1) - n;
        LayerInfo layer = new LayerInfo(0, 1, q.size(0), k.size(0), q.size(2), v.size(2),
                golden.number("scale").orElseThrow(), golden.number("window").map(Double::intValue), Optional.empty());
        int[] positions = IntStream.range(before, before + n).toArray();
        Tensor output = scope.zeros(q.size(0), n, v.size(2));
        AttentionResult result = compute.attention(new AttentionCall(layer, q, positions, stored(k, v, before),
                k.slice(1, before, before + n), v.slice(1, before, before + n), new AttentionPlan.Dense(),
                golden.flag("causal"), golden.number("softcap").orElse(0.0), new Observation(n, false), output));
        found.check("y", output);
        found.check("probabilities", result.observed().lastRows().orElseThrow());
    }

    /** The first keys and values as if they had been stored by an earlier pass. */
    private static KvView stored(Tensor k, Tensor v, int count) {
        if (count == 0) {
            return KvView.EMPTY;
        }
        return new KvView(List.of(new PlainSegment(
                IntStream.range(0, k.size(0)).mapToObj(head -> k.row(head).slice(0, 0, count)).toList(),
                IntStream.range(0, k.size(0)).mapToObj(head -> v.row(head).slice(0, 0, count)).toList(),
                Collections.nCopies(k.size(0), IntStream.range(0, count).toArray()))));
    }

    /** A copy of an input, which kernels may overwrite. */
    private Tensor in(String name) {
        return golden.tensor("in." + name).in(scope).to(DataType.F32).copy();
    }
}
