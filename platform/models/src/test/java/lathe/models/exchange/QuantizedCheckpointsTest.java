package lathe.models.exchange;

import static lathe.models.checkpoint.Sentences.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

import lathe.engine.Engine;
import lathe.engine.kernels.CpuBackend;
import lathe.models.architecture.ModelFolder;
import lathe.models.check.CaseOutcome;
import lathe.models.check.CheckpointCases;
import lathe.models.checkpoint.Checkpoint;
import lathe.models.checkpoint.CheckpointWriter;
import lathe.models.checkpoint.SharedFolder;
import lathe.models.checkpoint.StoredType;
import lathe.models.checkpoint.TensorSource;
import lathe.models.exchange.layout.InputRounding;
import lathe.models.transformer.ModelWeights;
import lathe.models.transformer.Pass;
import lathe.models.transformer.Transformer;
import lathe.spi.backend.Compute;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.Dense;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.operator.NmSparse;
import lathe.spi.operator.ZeroPoints;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Quantised checkpoints that other tools wrote: weights exactly, outputs as their README says. */
class QuantizedCheckpointsTest {
    private final Scope scope = Engine.shared().openScope();
    private final Compute compute = new CpuBackend(Engine.shared()).open(Engine.shared().parallel());

    @TempDir
    Path folder;

    @AfterEach
    void free() {
        scope.close();
    }

    @TestFactory
    Stream<DynamicTest> readsEveryWeightExactlyAndComputesTheSameLogits() {
        return SharedFolder.cases("checkpoints").stream()
                .map(path -> dynamicTest(path.getFileName().toString(), () -> compare(path)));
    }

    private void compare(Path path) {
        List<CaseOutcome> outcomes = CheckpointCases.run(path, compute, scope);
        assertThat(outcomes).allMatch(CaseOutcome::isEqual).extracting(CaseOutcome::name).contains("logits");
        try (ModelFolder model = ModelFolder.open(path)) {
            ModelWeights weights = ModelWeights.read(model, scope);
            long packed = weights.sites().stream().filter(site -> site.block() >= 0)
                    .filter(site -> !(weights.operator(site) instanceof Dense)).count();
            assertThat(packed).isEqualTo(model.quantization().isPresent() ? 14 : 0);
        }
    }

    @Test
    void roundsInputsOfEveryTokenAsTheConfigSays() {
        List<CaseOutcome> outcomes = CheckpointCases.run(sample("compressed-tensors-int8"), compute, scope);
        assertThat(outcomes).extracting(CaseOutcome::name).contains("logits_w8a8");
        try (ModelFolder model = ModelFolder.open(sample("compressed-tensors-int8"));
                Transformer transformer = Transformer.of(model, compute, scope)) {
            assertThat(transformer.weights().sites()).filteredOn(
                    site -> transformer.weights().inputs(site).isPresent()).hasSize(14);
            // What the config asks for differs visibly from inputs as they come.
            int[] ids = {1, 2, 3, 4, 5, 6, 7};
            try (Transformer exact = transformer.with(transformer.weights().withExactInputs())) {
                assertThat(transformer.logits(Pass.whole(ids), scope)
                        .subtract(exact.logits(Pass.whole(ids), scope)).maxAbs()).isGreaterThan(1e-3);
            }
        }
    }

    @Test
    void roundsInputsByAFixedStepOfTheFile() throws Exception {
        String q = "model.layers.0.self_attn.q_proj.";
        Map<String, TensorSource> steps = new HashMap<>();
        try (Checkpoint whole = Checkpoint.open(sample("compressed-tensors-int8"))) {
            whole.names().stream().filter(name -> name.endsWith("weight_scale"))
                    .map(name -> name.replace("weight_scale", "input_scale"))
                    .forEach(name -> steps.put(name, TensorSource.of(name, StoredType.F32, new long[] {1},
                            scope.of(new float[] {0.5f}, 1).segment())));
        }
        copyWith("compressed-tensors-int8", "\"dynamic\": true,\n          \"group_size\": null,\n"
                + "          \"num_bits\": 8,\n          \"strategy\": \"token\"",
                "\"dynamic\": false, \"group_size\": null, \"num_bits\": 8, \"strategy\": \"tensor\"", steps);
        try (ModelFolder model = ModelFolder.open(folder)) {
            ModelWeights weights = ModelWeights.read(model, scope);
            Site site = weights.sites(0).getFirst();
            InputRounding rounding = weights.inputs(site).orElseThrow();
            assertThat(rounding.fixed()).contains(new InputRounding.Step(0.5f, 0));
            Tensor rounded = scope.zeros(1, 4);
            rounding.round(scope.of(new float[] {0.26f, -0.74f, 100, -0.25f}, 1, 4), rounded);
            assertThat(rounded.toFloats()).containsExactly(0.5f, -0.5f, 63.5f, -0f);
        }
        steps.remove(q + "input_scale");
        Files.delete(folder.resolve("config.json"));
        Files.delete(folder.resolve("model.safetensors"));
        copyWith("compressed-tensors-int8", "\"dynamic\": true,\n          \"group_size\": null,\n"
                + "          \"num_bits\": 8,\n          \"strategy\": \"token\"",
                "\"dynamic\": false, \"group_size\": null, \"num_bits\": 8, \"strategy\": \"tensor\"", steps);
        assertRefused(this::read, q + "weight", "input_scale is missing");
    }

    @Test
    void refusesRoundingThatItCannotCompute() throws Exception {
        copyWith("compressed-tensors-int8", "\"strategy\": \"token\"", "\"strategy\": \"tensor\"", Map.of());
        assertRefused(this::read, "input_activations", "'tensor'", "computed together");
        copyWith("compressed-tensors-int8", "\"output_activations\": null", "\"output_activations\": {}", Map.of());
        assertRefused(this::read, "output_activations");
        copyWith("compressed-tensors-int8", "\"kv_cache_scheme\": null", "\"kv_cache_scheme\": {\"num_bits\": 8}",
                Map.of());
        assertRefused(this::read, "kv_cache_scheme");
    }

    @Test
    void asymmetricRangesHoldZeroAndBothEnds() {
        InputRounding rounding = new InputRounding(8, false, 0, Optional.empty());
        Tensor rounded = scope.zeros(2, 3);
        rounding.round(scope.of(new float[] {-1, 0, 2, 0, 0, 0}, 2, 3), rounded);
        float step = 3f / 255;
        assertThat(rounded.get(0, 0)).isCloseTo(-1, within((double) step));
        assertThat(rounded.get(0, 1)).isZero();
        assertThat(rounded.get(0, 2)).isCloseTo(2, within((double) step));
        assertThat(rounded.row(1).maxAbs()).isZero();
    }

    @Test
    void keepsTheOrderOfActOrderOnlyWhereThereIsOne() {
        assertThat(first("gptq-int4-g32-desc-act").columnGroups()).isPresent();
        assertThat(first("gptq-int4-g32").columnGroups()).isEmpty();
    }

    @Test
    void takesNoMemoryForSymmetricZeroPointsAndPackedCodes() {
        try (ModelFolder model = ModelFolder.open(sample("compressed-tensors-int4-g32"));
                Scope own = Engine.shared().openScope()) {
            ModelWeights weights = ModelWeights.read(model, own);
            GroupQuantized operator = (GroupQuantized) weights.find(0, Role.QUERY, Site.NO_EXPERT).orElseThrow();
            assertThat(operator.zeros()).isEqualTo(new ZeroPoints.Constant(8));
            assertThat(operator.scales().type()).isEqualTo(DataType.BF16);
            assertThat(own.bytes()).isZero();
        }
        assertThat(first("gptq-int3-g32").zeros()).isEqualTo(new ZeroPoints.Constant(4));
        assertThat(first("gptq-int8-g32").zeros()).isEqualTo(new ZeroPoints.Constant(128));
        assertThat(first("gptq-int4-asym-g32").zeros()).isInstanceOf(ZeroPoints.Packed.class);
    }

    @Test
    void readsTwoOfFourAsTwoOfFour() {
        try (ModelFolder model = ModelFolder.open(sample("compressed-tensors-24"))) {
            assertThat(ModelWeights.read(model, scope).find(1, Role.DOWN, Site.NO_EXPERT).orElseThrow())
                    .isInstanceOf(NmSparse.class);
        }
    }

    @Test
    void refusesLayoutsItDoesNotKnowByName() throws Exception {
        copyWith("awq-int4-g32", "\"gemm\"", "\"gemv\"", Map.of());
        assertRefused(this::read, "version", "gemv", "gemm can be read");
        copyWith("gptq-int4-g32", "\"checkpoint_format\": \"gptq\"", "\"checkpoint_format\": \"marlin\"", Map.of());
        assertRefused(this::read, "checkpoint_format", "marlin");
        copyWith("gptq-int4-g32", "\"bits\": 4", "\"bits\": 5", Map.of());
        assertRefused(this::read, "bits", "5");
        copyWith("gptq-int4-g32", "\"bits\": 4", "\"bits\": 8", Map.of());
        assertRefused(this::read, "qweight", "8 bits");
        copyWith("compressed-tensors-int4-g32", "\"num_bits\": 4", "\"num_bits\": 9", Map.of());
        assertRefused(this::read, "weight_packed");
    }

    @Test
    void namesThePartThatDoesNotFit() throws Exception {
        String q = "model.layers.0.self_attn.q_proj.";
        copyWith("gptq-int4-g32", "", "", Map.of(q + "scales",
                TensorSource.of(q + "scales", StoredType.F16, new long[] {2, 63}, scope.zeros(DataType.F16, 2, 63)
                        .segment())));
        assertRefused(this::read, q + "weight", "scales", "[2, 63]");
        copyWith("gptq-int4-g32", "", "", Map.of(q + "g_idx", TensorSource.of(q + "g_idx", StoredType.I32,
                new long[] {64}, scope.zeros(DataType.I32, 64).fill(7).segment())));
        assertRefused(this::read, "g_idx", "group 7 of 2");
        copyWith("compressed-tensors-24", "", "", Map.of(q + "bitmask", TensorSource.of(q + "bitmask", StoredType.U8,
                new long[] {64, 8}, scope.zeros(DataType.U8, 64, 8).fill(0x37).segment())));
        assertRefused(this::read, "exactly two", "columns 0 to 3 of row 0");
        copyWith("compressed-tensors-int4-g32", "", "", Map.of(q + "input_scale", TensorSource.of(q + "input_scale",
                StoredType.F32, new long[] {1}, scope.zeros(1).segment())));
        assertRefused(this::read, "input_scale");
    }

    @Test
    void readsABiasThatOnlyTheQuantisedFileHas() throws Exception {
        String q = "model.layers.0.self_attn.q_proj.bias";
        String k = "model.layers.0.self_attn.k_proj.bias";
        copyWith("gptq-int4-g32", "", "", Map.of(
                q, TensorSource.of(q, StoredType.F16, new long[] {64}, scope.zeros(DataType.F16, 64).fill(2).segment()),
                k, TensorSource.of(k, StoredType.F16, new long[] {32}, scope.zeros(DataType.F16, 32).segment())));
        try (ModelFolder model = ModelFolder.open(folder)) {
            ModelWeights weights = ModelWeights.read(model, scope);
            assertThat(weights.bias(0, Role.QUERY, Site.NO_EXPERT).orElseThrow().toFloats()).containsOnly(2);
            assertThat(weights.bias(0, Role.KEY, Site.NO_EXPERT)).isEmpty();
        }
    }

    private void read() {
        try (ModelFolder model = ModelFolder.open(folder)) {
            ModelWeights.read(model, scope);
        }
    }

    private GroupQuantized first(String name) {
        ModelFolder model = ModelFolder.open(sample(name));
        return (GroupQuantized) ModelWeights.read(model, scope).find(0, Role.QUERY, Site.NO_EXPERT).orElseThrow();
    }

    private static Path sample(String name) {
        return SharedFolder.require("golden/checkpoints/" + name);
    }

    /** A sample with one text of its config replaced and some tensors replaced or added. */
    private void copyWith(String name, String text, String by, Map<String, TensorSource> changes) throws Exception {
        String config = Files.readString(sample(name).resolve("config.json"));
        assertThat(config).contains(text);
        Files.writeString(folder.resolve("config.json"), text.isEmpty() ? config : config.replace(text, by));
        try (Checkpoint whole = Checkpoint.open(sample(name))) {
            Stream<TensorSource> kept = whole.entries().stream().filter(entry -> !changes.containsKey(entry.name()))
                    .map(TensorSource::of);
            List<TensorSource> all = Stream.concat(kept, changes.values().stream()).toList();
            CheckpointWriter.write(folder, all, Map.of(), 1L << 30);
        }
    }
}
