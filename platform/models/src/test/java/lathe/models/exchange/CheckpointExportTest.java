package lathe.models.exchange;

import static lathe.models.checkpoint.Sentences.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

import lathe.engine.Engine;
import lathe.engine.kernels.CpuBackend;
import lathe.models.architecture.ModelFolder;
import lathe.models.checkpoint.SharedFolder;
import lathe.models.checkpoint.TensorEntry;
import lathe.models.exchange.layout.InputRounding;
import lathe.models.transformer.ModelWeights;
import lathe.models.transformer.RunnableModel;
import lathe.models.transformer.ServingPlan;
import lathe.models.transformer.Transformer;
import lathe.spi.backend.Compute;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.BitPacking;
import lathe.spi.operator.BitmaskSparse;
import lathe.spi.operator.Dense;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.operator.LinearOperator;
import lathe.spi.operator.NmSparse;
import lathe.spi.operator.Values;
import lathe.spi.operator.ZeroPoints;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Folders that were written and read back: the same bytes as other tools write, the same operators, the same outputs. */
class CheckpointExportTest {
    private static final String INDEX = "model.safetensors.index.json";
    private static final int[] PROMPT = IntStream.range(0, 24).map(i -> (i * 37 + 5) % 256).toArray();

    private final Scope scope = Engine.shared().openScope();
    private final Compute compute = new CpuBackend(Engine.shared()).open(Engine.shared().parallel());

    @TempDir
    Path folder;

    @AfterEach
    void free() {
        scope.close();
    }

    @TestFactory
    Stream<DynamicTest> writesTheBytesThatTheOtherToolsWrote() {
        return Map.of(
                "gptq-int4-g32", "gptq", "gptq-int8-g32", "gptq", "gptq-int3-g32", "gptq", "gptq-int4-g32-desc-act",
                "gptq", "gptq-int4-asym-g32", "gptq", "awq-int4-g32", "awq", "compressed-tensors-int4-g32",
                "compressed-tensors", "compressed-tensors-int4-asym-g32", "compressed-tensors",
                "compressed-tensors-int3-g32", "compressed-tensors").entrySet().stream().sorted(Map.Entry
                        .comparingByKey())
                .map(sample -> dynamicTest(sample.getKey(),
                        () -> compareBytes(sample.getKey(), sample.getValue(), sample.getKey())));
    }

    @Test
    void writesRoundedInputsWhereTheLayoutHasAPlaceForThem() {
        compareBytes("compressed-tensors-int8", "compressed-tensors", "compressed-tensors-int8");
        try (ModelFolder model = ModelFolder.open(sample("compressed-tensors-int8"));
                ModelFolder written = ModelFolder.open(folder.resolve("compressed-tensors-int8"))) {
            ModelWeights weights = ModelWeights.read(model, scope);
            ModelWeights read = ModelWeights.read(written, scope);
            Site first = weights.sites(0).getFirst();
            assertThat(weights.inputs(first)).isPresent();
            assertThat(weights.sites()).allMatch(site -> read.inputs(site).equals(weights.inputs(site)));
            ModelWeights fixed = weights.withInputs(first, new InputRounding(8, false, 0,
                    Optional.of(new InputRounding.Step(0.125f, -7))));
            ExportResult mixed = export(model, fixed, "compressed-tensors", folder.resolve("fixed"));
            assertThat(mixed.remarks()).isEmpty();
            try (ModelFolder again = ModelFolder.open(folder.resolve("fixed"))) {
                ModelWeights both = ModelWeights.read(again, scope);
                assertThat(fixed.sites()).allMatch(site -> both.inputs(site).equals(fixed.inputs(site)));
            }
            assertThat(export(model, weights, "dense", folder.resolve("plain")).remarks())
                    .anyMatch(remark -> remark.contains("not rounded in the result"));
        }
    }

    @Test
    void writesVersionTwoOfGptqWhereAZeroPointIsZero() {
        compareBytes("gptq-int4-asym-g32-zero0", "gptq", "gptq-int4-asym-g32-v2");
    }

    private void compareBytes(String sample, String layout, String expected) {
        Path target = folder.resolve(sample);
        try (ModelFolder model = ModelFolder.open(sample(sample));
                ModelFolder wanted = ModelFolder.open(sample(
                        expected))) {
            ExportResult result = export(model, ModelWeights.read(model, scope), layout, target);
            assertThat(result.quantized()).isEqualTo(14);
            try (ModelFolder written = ModelFolder.open(target)) {
                assertSameTensors(written, wanted);
            }
        }
    }

    @TestFactory
    Stream<DynamicTest> writesEveryGoldenModelDenseWithTheSameBytes() {
        return SharedFolder.cases("models").stream().filter(path -> Files.exists(path.resolve("model.safetensors"))
                || Files.exists(path.resolve(INDEX)))
                .map(path -> dynamicTest(path.getFileName().toString(), () -> {
                    Path target = folder.resolve(path.getFileName());
                    try (ModelFolder model = ModelFolder.open(path)) {
                        export(model, ModelWeights.read(model, scope), "dense", target);
                        try (ModelFolder written = ModelFolder.open(target)) {
                            assertThat(written.plan().tensors().keySet())
                                    .isEqualTo(model.plan().tensors().keySet());
                            written.plan().tensors().keySet().forEach(name -> assertSame(written.checkpoint().entry(
                                    name), model.checkpoint().entry(name)));
                        }
                    }
                }));
    }

    @Test
    void aQuantisedLatheTinyComputesTheSameFromEveryLayout() {
        try (ModelFolder model = ModelFolder.open(SharedFolder.require("models/lathe-tiny"));
                Transformer own = Transformer.of(model, compute, scope)) {
            ModelWeights weights = quantized(own.weights(), 4, 64, true, DataType.F16);
            float[] wanted = logits(own.with(weights));
            for (String layout : new String[] {"gptq", "awq", "compressed-tensors"}) {
                Path target = folder.resolve(layout);
                ExportResult result = export(model, weights, layout, target);
                assertThat(result.quantized()).isEqualTo(42);
                assertThat(result.remarks()).isEmpty();
                try (ModelFolder written = ModelFolder.open(target);
                        Transformer read = Transformer.of(written, compute, scope)) {
                    assertSameOperators(read.weights(), weights);
                    assertThat(logits(read)).as(layout).isEqualTo(wanted);
                    assertThat(written.tokenizer().encode("It was")).isEqualTo(model.tokenizer().encode("It was"));
                }
            }
        }
    }

    @Test
    void mixedWidthsAndDenseWeightsGoIntoCompressedTensorsAlone() {
        try (ModelFolder model = ModelFolder.open(SharedFolder.require("models/lathe-tiny"))) {
            ModelWeights dense = ModelWeights.read(model, scope);
            ModelWeights weights = quantized(dense, 4, 32, false, DataType.BF16);
            Site down = weights.sites(2).stream().filter(site -> site.role() == Role.DOWN).findFirst().orElseThrow();
            Site query = weights.sites(3).stream().filter(site -> site.role() == Role.QUERY).findFirst().orElseThrow();
            ModelWeights mixed = weights.with(down, pack((Dense) dense.operator(down), 8, -1, true, DataType.BF16))
                    .with(query, dense.operator(query));
            assertRefused(() -> export(model, mixed, "gptq", folder.resolve("gptq")), "gptq", "one width",
                    "compressed-tensors would do");
            assertThat(folder.resolve("gptq")).doesNotExist();
            export(model, mixed, "compressed-tensors", folder.resolve("ct"));
            try (ModelFolder written = ModelFolder.open(folder.resolve("ct"))) {
                assertSameOperators(ModelWeights.read(written, scope), mixed);
                assertThat(written.quantization().orElseThrow().get("ignore").toString()).contains(
                        "model.layers.3.self_attn.q_proj",
                        "lm_head");
            }
        }
    }

    @Test
    void writesSparseWeightsWithTheirZeros() {
        try (ModelFolder model = ModelFolder.open(sample("compressed-tensors-24"));
                Transformer own = Transformer.of(model, compute, scope)) {
            ExportResult result = export(model, own.weights(), "dense", folder.resolve("dense"));
            assertThat(result.remarks()).containsExactly("Sparse weights were written with their zeros.");
            try (ModelFolder written = ModelFolder.open(folder.resolve("dense"));
                    Transformer read = Transformer.of(written, compute, scope)) {
                assertThat(written.quantization()).isEmpty();
                for (Site site : own.weights().sites()) {
                    Tensor found = ((Dense) read.weights().operator(site)).weight();
                    assertThat(found.type()).isEqualTo(DataType.BF16);
                    assertThat(found.toFloats()).isEqualTo(compute.dense(own.weights().operator(site), DataType.F32,
                            scope).toFloats());
                }
            }
        }
    }

    @Test
    void aQuantisedModelIsDenseInF32WithoutRounding() throws Exception {
        try (ModelFolder model = ModelFolder.open(sample("gptq-int4-asym-g32"));
                Transformer own = Transformer.of(model, compute, scope)) {
            ExportResult result = CheckpointExport.write(ExportSource.of(model), own.weights(), compute, scope,
                    new ExportOptions(ExportLayout.DENSE, Optional.of(DataType.F32), 100_000), folder.resolve("f32"));
            assertThat(result.remarks()).isEmpty();
            assertThat(folder.resolve("f32").resolve(INDEX)).exists();
            assertThat(Files.readString(folder.resolve("f32/config.json"))).contains("\"float32\"")
                    .doesNotContain("quantization_config");
            try (ModelFolder written = ModelFolder.open(folder.resolve("f32"));
                    Transformer read = Transformer.of(written, compute, scope)) {
                Site site = own.weights().sites(1).getFirst();
                assertThat(((Dense) read.weights().operator(site)).weight().toFloats())
                        .isEqualTo(compute.dense(own.weights().operator(site), DataType.F32, scope).toFloats());
            }
            ExportResult half = CheckpointExport.write(ExportSource.of(model), own.weights(), compute, scope,
                    ExportOptions.of(ExportLayout.DENSE).withType(DataType.BF16), folder.resolve("bf16"));
            assertThat(half.remarks().toString()).contains("rounded to bf16", "--type f32");
        }
    }

    @Test
    void narrowerFeedForwardPartsAreFilledUpToOneWidth() {
        try (ModelFolder model = ModelFolder.open(SharedFolder.require("models/lathe-tiny"));
                Transformer own = Transformer.of(model, compute, scope)) {
            ModelWeights weights = own.weights();
            for (int block = 0; block < 6; block++) {
                weights = narrowed(weights, block, block == 3 ? 500 : 512);
            }
            ExportResult result = export(model, weights, "dense", folder.resolve("narrow"));
            assertThat(result.remarks()).anyMatch(remark -> remark.contains("intermediate_size is 512 instead of 768"))
                    .anyMatch(remark -> remark.contains(" " + 3 * 12 * 256 * 2 + " bytes"));
            try (ModelFolder written = ModelFolder.open(folder.resolve("narrow"));
                    Transformer read = Transformer.of(written, compute, scope)) {
                float[] found = logits(read);
                float[] wanted = logits(own.with(weights));
                for (int i = 0; i < found.length; i++) {
                    assertThat(found[i]).isCloseTo(wanted[i], within(1e-4f));
                }
            }
        }
    }

    @Test
    void fewerHeadsAreFilledUpToOneNumber() {
        try (ModelFolder model = ModelFolder.open(SharedFolder.require("golden/models/llama-gqa-tied"));
                Transformer own = Transformer.of(model, compute, scope)) {
            // Block 1 keeps one of two key/value heads with its two query heads of sixteen.
            ModelWeights weights = withHeads(own.weights(), 1, 2 * 16, 16);
            ExportResult result = export(model, weights, "dense", folder.resolve("heads"));
            assertThat(result.remarks()).anyMatch(
                    remark -> remark.contains(" " + (2 * 32 * 64 + 2 * 16 * 64) * 2 + " bytes"));
            try (ModelFolder written = ModelFolder.open(folder.resolve("heads"));
                    Transformer read = Transformer.of(written, compute, scope)) {
                assertThat(read.info().layers().get(1).heads()).isEqualTo(4);
                float[] found = logits(read);
                float[] wanted = logits(own.with(weights));
                for (int i = 0; i < found.length; i++) {
                    assertThat(found[i]).isCloseTo(wanted[i], within(1e-4f));
                }
            }
            // One query head a key/value head: heads of zeros would change who reads whom.
            ModelWeights regrouped = withHeads(own.weights(), 1, 2 * 16, 32);
            assertRefused(() -> export(model, regrouped, "dense", folder.resolve("regrouped")), "block 1",
                    "2 query heads over 2", "layout lathe would do");
            export(model, regrouped, "lathe", folder.resolve("regrouped"));
            try (ModelFolder written = ModelFolder.open(folder.resolve("regrouped"));
                    Transformer read = Transformer.of(written, compute, scope)) {
                assertThat(logits(read)).isEqualTo(logits(own.with(regrouped)));
            }
        }
    }

    private ModelWeights withHeads(ModelWeights weights, int block, int queries, int keys) {
        ModelWeights fewer = weights;
        for (Site site : weights.sites(block)) {
            Tensor dense = weights.operator(site) instanceof Dense held ? held.weight().in(scope) : null;
            fewer = switch (site.role()) {
                case QUERY -> fewer.with(site, new Dense(dense.slice(0, 0, queries)));
                case KEY, VALUE -> fewer.with(site, new Dense(dense.slice(0, 0, keys)));
                case OUTPUT -> fewer.with(site, new Dense(dense.slice(1, 0, queries).copy()));
                default -> fewer;
            };
        }
        return fewer;
    }

    @Test
    void prunedCodesAreWrittenWithTheCodeOfZero() {
        try (ModelFolder model = ModelFolder.open(sample("gptq-int4-asym-g32"));
                Transformer own = Transformer.of(model, compute, scope)) {
            ModelWeights weights = own.weights();
            int count = 0;
            for (Site site : own.weights().sites()) {
                if (own.weights().operator(site) instanceof GroupQuantized codes) {
                    weights = weights.with(site, count++ % 2 == 0 ? pairs(codes) : halves(codes));
                }
            }
            float[] wanted = logits(own.with(weights));
            assertThat(wanted).isNotEqualTo(logits(own));
            for (String layout : new String[] {"gptq", "compressed-tensors"}) {
                ExportResult result = export(model, weights, layout, folder.resolve(layout));
                assertThat(result.quantized()).isEqualTo(14);
                assertThat(result.remarks()).contains("Sparse weights were written with their zeros.");
                try (ModelFolder written = ModelFolder.open(folder.resolve(layout));
                        Transformer read = Transformer.of(written, compute, scope)) {
                    for (Site site : weights.sites()) {
                        assertThat(compute.dense(read.weights().operator(site), DataType.F32, scope).toFloats())
                                .as(site.name())
                                .isEqualTo(compute.dense(weights.operator(site), DataType.F32, scope).toFloats());
                    }
                }
            }
        }
    }

    /** Columns 0 and 3 of every four stay. */
    private NmSparse pairs(GroupQuantized codes) {
        int in = codes.inFeatures();
        Tensor places = scope.zeros(DataType.U8, codes.outFeatures(), BitPacking.rowBytes(in / 2, 2));
        int[] row = new int[in / 2];
        for (int k = 0; k < row.length; k++) {
            row[k] = k % 2 * 3;
        }
        for (int i = 0; i < codes.outFeatures(); i++) {
            BitPacking.packRow(row, row.length, 2, places.row(i).segment(), 0);
        }
        return new NmSparse(codes.outFeatures(), in, 2, 4, places, kept(codes, column -> column % 4 % 3 == 0));
    }

    /** Every third column goes. */
    private BitmaskSparse halves(GroupQuantized codes) {
        int in = codes.inFeatures();
        Tensor bitmap = scope.zeros(DataType.U8, codes.outFeatures(), 8 * ((in + 63) / 64));
        int[] starts = new int[codes.outFeatures() + 1];
        for (int i = 0; i < codes.outFeatures(); i++) {
            starts[i + 1] = starts[i];
            for (int j = 0; j < in; j++) {
                if (j % 3 != 0) {
                    bitmap.set((int) bitmap.get(i, j / 8) | 1 << j % 8, i, j / 8);
                    starts[i + 1]++;
                }
            }
        }
        return new BitmaskSparse(codes.outFeatures(), in, bitmap, scope.of(starts, starts.length),
                kept(codes, column -> column % 3 != 0));
    }

    private Values kept(GroupQuantized codes, IntPredicate keeps) {
        List<Integer> kept = new ArrayList<>();
        int[] row = new int[codes.inFeatures()];
        for (int i = 0; i < codes.outFeatures(); i++) {
            BitPacking.unpackRow(codes.codes().row(i).segment(), 0, row.length, codes.bits(), row);
            IntStream.range(0, row.length).filter(keeps).forEach(column -> kept.add(row[column]));
        }
        Tensor packed = scope.zeros(DataType.U8, BitPacking.rowBytes(kept.size(), codes.bits()));
        BitPacking.packRow(kept.stream().mapToInt(Integer::intValue).toArray(), kept.size(), codes.bits(),
                packed.segment(), 0);
        return new Values.Packed(codes.bits(), codes.group(), packed, codes.scales(), codes.zeros());
    }

    @Test
    void refusesWhatItWouldLose() throws Exception {
        try (ModelFolder model = ModelFolder.open(SharedFolder.require("models/lathe-tiny"))) {
            ModelWeights dense = ModelWeights.read(model, scope);
            Site site = dense.sites(0).getFirst();
            assertRefused(() -> export(model, dense.withBias(site, scope.zeros(site.outFeatures())), "dense",
                    folder.resolve("a")), "no place for", "blocks.0.q (bias)");
            assertRefused(() -> export(model, dense, "awq", folder.resolve("a")), "no weight of the model is quantised",
                    "dense would do");
            Tensor large = scope.zeros(site.outFeatures(), site.inFeatures()).fill(1e6);
            ModelWeights beyond = dense.with(site, new Dense(large));
            assertRefused(() -> CheckpointExport.write(ExportSource.of(model), beyond, compute, scope,
                    ExportOptions.of(ExportLayout.DENSE).withType(DataType.F16), folder.resolve("a")),
                    "f16 cannot hold");
            ModelWeights fine = quantized(dense, 4, 64, false, DataType.F32);
            assertRefused(() -> export(model, fine, "awq", folder.resolve("a")), "half precision",
                    "compressed-tensors would do");
            Files.createDirectories(folder.resolve("full"));
            Files.writeString(folder.resolve("full/note"), "mine");
            assertRefused(() -> export(model, dense, "dense", folder.resolve("full")), "not empty");
        }
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left.map(path -> path.getFileName().toString())).containsExactly("full");
        }
    }

    private ModelWeights narrowed(ModelWeights weights, int block, int width) {
        ModelWeights narrower = weights;
        for (Site site : weights.sites(block)) {
            Tensor dense = weights.operator(site) instanceof Dense held ? held.weight() : null;
            if (site.role() == Role.GATE || site.role() == Role.UP) {
                narrower = narrower.with(site, new Dense(dense.slice(0, 0, width)));
            } else if (site.role() == Role.DOWN) {
                narrower = narrower.with(site, new Dense(dense.in(scope).slice(1, 0, width).copy()));
            }
        }
        return narrower;
    }

    private float[] logits(Transformer transformer) {
        return new RunnableModel(transformer, ServingPlan.PLAIN, scope).logits(PROMPT, scope).toFloats();
    }

    private ExportResult export(ModelFolder model, ModelWeights weights, String layout, Path target) {
        return CheckpointExport.write(ExportSource.of(model), weights, compute, scope,
                ExportOptions.of(ExportLayout.labelled(layout).orElseThrow()), target);
    }

    /** All linears of the blocks rounded to the nearest code. */
    private ModelWeights quantized(ModelWeights weights, int bits, int group, boolean symmetric, DataType scales) {
        ModelWeights changed = weights;
        for (Site site : weights.sites()) {
            if (site.block() >= 0) {
                changed = changed.with(site, pack((Dense) weights.operator(site), bits, group, symmetric, scales));
            }
        }
        return changed;
    }

    private GroupQuantized pack(Dense dense, int bits, int group, boolean symmetric, DataType type) {
        int out = dense.outFeatures();
        int in = dense.inFeatures();
        int size = group < 0 ? in : group;
        int middle = 1 << bits - 1;
        Random random = new Random(out);
        Tensor codes = scope.zeros(DataType.U8, out, in);
        Tensor steps = scope.zeros(type, out, in / size);
        Tensor zeros = scope.zeros(DataType.U8, out, in / size);
        for (int i = 0; i < out; i++) {
            for (int g = 0; g < in / size; g++) {
                Tensor part = dense.weight().in(scope).row(i).slice(0, g * size, (g + 1) * size);
                steps.set(part.maxAbs() / middle + (type == DataType.F32 ? 1e-7 : 0), i, g);
                int zero = symmetric ? middle : middle - 1 + random.nextInt(3);
                zeros.set(zero, i, g);
                for (int j = 0; j < size; j++) {
                    double code = Math.rint(part.get(j) / steps.get(i, g)) + zero;
                    codes.set(Math.clamp(code, 0, 2 * middle - 1), i, g * size + j);
                }
            }
        }
        return GroupQuantized.pack(codes, bits, group, steps, symmetric ? Optional.empty() : Optional.of(zeros),
                scope);
    }

    private static void assertSameOperators(ModelWeights found, ModelWeights wanted) {
        assertThat(found.sites()).isEqualTo(wanted.sites());
        for (Site site : wanted.sites()) {
            LinearOperator one = found.operator(site);
            LinearOperator other = wanted.operator(site);
            assertThat(one.attributes()).as(site.name()).isEqualTo(other.attributes());
            assertThat(one.parts().keySet()).isEqualTo(other.parts().keySet());
            one.parts().forEach((name, part) -> {
                assertThat(part.type()).isEqualTo(other.parts().get(name).type());
                assertThat(part.segment().mismatch(other.parts().get(name).segment())).as(site.name() + " " + name)
                        .isEqualTo(-1);
            });
            if (one instanceof GroupQuantized packed) {
                assertThat(packed.zeros() instanceof ZeroPoints.Constant)
                        .isEqualTo(((GroupQuantized) other).zeros() instanceof ZeroPoints.Constant);
            }
        }
    }

    private static void assertSameTensors(ModelFolder found, ModelFolder wanted) {
        assertThat(found.checkpoint().names()).containsExactlyInAnyOrderElementsOf(wanted.checkpoint().names());
        for (TensorEntry entry : wanted.checkpoint().entries()) {
            assertSame(found.checkpoint().entry(entry.name()), entry);
        }
    }

    private static void assertSame(TensorEntry found, TensorEntry wanted) {
        assertThat(found.describe()).as(wanted.name()).isEqualTo(wanted.describe());
        MemorySegment bytes = found.segment();
        assertThat(bytes.mismatch(wanted.segment())).as(wanted.name()).isEqualTo(-1);
    }

    private static Path sample(String name) {
        return SharedFolder.require("golden/checkpoints/" + name);
    }
}
