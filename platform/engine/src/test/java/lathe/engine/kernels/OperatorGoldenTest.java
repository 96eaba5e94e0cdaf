package lathe.engine.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import com.google.gson.JsonObject;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import lathe.engine.Engine;
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
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Norms, rotary positions, activations and attention against torch and transformers. */
class OperatorGoldenTest {
    @TestFactory
    Stream<DynamicTest> agreesWithTorch() throws IOException {
        Path folder = Path.of(System.getProperty("lathe.shared", "../../../shared"), "golden", "ops");
        if (!Files.isDirectory(folder)) {
            System.out.println("Golden operators skipped: there is no folder " + folder);
        }
        assumeTrue(Files.isDirectory(folder));
        List<String> known = List.of("rmsnorm", "layernorm", "rope-", "swiglu", "geglu", "reglu", "relu2",
                "attention-");
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".json") && known.stream().anyMatch(name::startsWith))
                    // Learned sink logits are no part of an attention call.
                    .filter(name -> !name.equals("attention-sinks.json"))
                    .sorted()
                    .toList()
                    .stream()
                    .map(name -> DynamicTest.dynamicTest(name, () -> run(folder, name.replace(".json", ""))));
        }
    }

    private static void run(Path folder, String name) throws IOException {
        try (Scope scope = Engine.shared().openScope();
                Compute compute = new CpuBackend().open(Engine.shared().parallel())) {
            GoldenCase golden = GoldenCase.read(folder, name, scope);
            switch (golden.operation()) {
                case "rms-norm" -> rmsNorm(golden, compute, scope);
                case "layer-norm" -> layerNorm(golden, compute, scope);
                case "rope" -> rope(golden, compute);
                case "attention" -> attention(golden, compute, scope);
                case "gated-activation" -> gate(golden, compute);
                default -> activate(golden, compute);
            }
        }
    }

    private static void rmsNorm(GoldenCase golden, Compute compute, Scope scope) {
        Tensor x = golden.tensor("in.x");
        Tensor y = scope.zeros(x.shape().toArray());
        JsonObject parameters = golden.parameters();
        compute.rmsNorm(
                x,
                golden.tensor("in.w"),
                parameters.get("weight_offset").getAsDouble(),
                parameters.get("eps").getAsDouble(),
                y);
        golden.check("y", y);
    }

    private static void layerNorm(GoldenCase golden, Compute compute, Scope scope) {
        Tensor x = golden.tensor("in.x");
        Tensor y = scope.zeros(x.shape().toArray());
        compute.layerNorm(
                x,
                golden.tensor("in.w"),
                golden.has("in.b") ? golden.tensor("in.b") : null,
                golden.parameters().get("eps").getAsDouble(),
                y);
        golden.check("y", y);
    }

    private static void rope(GoldenCase golden, Compute compute) {
        double[] frequencies = golden.numbers("out.inverse_frequencies");
        double[] cos = golden.numbers("out.cos");
        double[] sin = golden.numbers("out.sin");
        Tensor x = golden.tensor("in.x");
        double[] positions = golden.numbers("in.positions");
        int[] at = new int[positions.length];
        for (int i = 0; i < at.length; i++) {
            at[i] = (int) positions[i];
        }
        // The magnitude is what cosine and sine are scaled by.
        double magnitude = Math.hypot(cos[0], sin[0]);
        boolean interleaved = golden.name().contains("interleaved");
        compute.rotate(x, at, new Rotary(frequencies, interleaved, magnitude));
        golden.check("y", x);
    }

    private static void gate(GoldenCase golden, Compute compute) {
        Activation function = switch (golden.name()) {
            case "swiglu" -> Activation.SILU;
            case "geglu-erf" -> Activation.GELU;
            case "geglu-tanh" -> Activation.GELU_TANH;
            default -> Activation.RELU;
        };
        Tensor gate = golden.tensor("in.gate");
        compute.gate(gate, golden.tensor("in.up"), function, gate);
        golden.check("y", gate);
    }

    private static void activate(GoldenCase golden, Compute compute) {
        assertThat(golden.name()).isEqualTo("relu2");
        Tensor x = golden.tensor("in.x");
        compute.activate(x, Activation.RELU_SQUARED);
        golden.check("y", x);
    }

    private static void attention(GoldenCase golden, Compute compute, Scope scope) {
        Tensor q = golden.tensor("in.q");
        Tensor k = golden.tensor("in.k");
        Tensor v = golden.tensor("in.v");
        JsonObject parameters = golden.parameters();
        int n = q.size(1);
        int before = k.size(1) - n;
        Optional<Integer> window = parameters.has("window")
                ? Optional.of(parameters.get("window").getAsInt())
                : Optional.empty();
        LayerInfo layer = new LayerInfo(0, 1, q.size(0), k.size(0), q.size(2), v.size(2),
                parameters.get("scale").getAsDouble(), window, Optional.empty());
        KvView stored = KvView.EMPTY;
        int[] positions = new int[n];
        for (int i = 0; i < n; i++) {
            positions[i] = before + i;
        }
        if (before > 0) {
            int[] old = new int[before];
            for (int i = 0; i < before; i++) {
                old[i] = i;
            }
            stored = new KvView(List.of(new PlainSegment(
                    IntStream.range(0, k.size(0)).mapToObj(h -> k.row(h).slice(0, 0, before)).toList(),
                    IntStream.range(0, k.size(0)).mapToObj(h -> v.row(h).slice(0, 0, before)).toList(),
                    Collections.nCopies(k.size(0), old))));
        }
        Tensor output = scope.zeros(q.size(0), n, v.size(2));
        double softcap = parameters.has("softcap") ? parameters.get("softcap").getAsDouble() : 0;
        AttentionResult result = compute.attention(new AttentionCall(layer, q, positions, stored,
                k.slice(1, before, before + n), v.slice(1, before, before + n), new AttentionPlan.Dense(),
                parameters.get("causal").getAsBoolean(), softcap, new Observation(n, false), output));
        golden.check("y", output);
        golden.check("probabilities", result.observed().lastRows().orElseThrow());
    }
}
