package lathe.models.exchange;

import static lathe.models.checkpoint.Sentences.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
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
import lathe.models.exchange.layout.InputRounding;
import lathe.models.transformer.ModelWeights;
import lathe.models.transformer.Pass;
import lathe.models.transformer.Transformer;
import lathe.spi.backend.Compute;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.BitPacking;
import lathe.spi.operator.BitmaskSparse;
import lathe.spi.operator.BlockSparse;
import lathe.spi.operator.Codebook;
import lathe.spi.operator.Csr;
import lathe.spi.operator.Custom;
import lathe.spi.operator.Dense;
import lathe.spi.operator.DictionarySparse;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.operator.GroupStatistic;
import lathe.spi.operator.LinearOperator;
import lathe.spi.operator.LowRank;
import lathe.spi.operator.Masked;
import lathe.spi.operator.NmSparse;
import lathe.spi.operator.Rotated;
import lathe.spi.operator.Rotation;
import lathe.spi.operator.Sum;
import lathe.spi.operator.TilePacking;
import lathe.spi.operator.TileQuantized;
import lathe.spi.operator.Values;
import lathe.spi.operator.ZeroPoints;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.SparsityPattern;
import lathe.spi.tensor.Tensor;

/** What no other engine has a form for goes out and comes back as it is, to the bit and with the same logits. */
class OwnLayoutTest {
    private static final int[] PROMPT = IntStream.range(0, 24).map(i -> (i * 37 + 5) % 256).toArray();
    private static final int GROUP = 16;

    private final Scope scope = Engine.shared().openScope();
    private final Compute compute = new CpuBackend(Engine.shared()).open(Engine.shared().parallel());
    private final Random random = new Random(11);

    @TempDir
    Path folder;

    @AfterEach
    void free() {
        scope.close();
    }

    @TestFactory
    Stream<DynamicTest> everyStoredFormComesBackWithTheSameOutputs() {
        Map<String, LinearOperator> forms = forms(64, 64);
        return forms.entrySet().stream().map(form -> dynamicTest(form.getKey(), () -> {
            try (ModelFolder model = ModelFolder.open(SharedFolder.require("golden/models/llama"))) {
                ModelWeights dense = ModelWeights.read(model, scope);
                Site query = dense.find(1, Role.QUERY, Site.NO_EXPERT).map(found -> new Site(1, Role.QUERY,
                        Site.NO_EXPERT, found.outFeatures(), found.inFeatures())).orElseThrow();
                assertThat(List.of(query.outFeatures(), query.inFeatures())).containsExactly(64, 64);
                assertComesBack(model, dense.with(query, form.getValue()), form.getKey());
            }
        }));
    }

    @Test
    void knowsEveryFormThatThereIs() {
        Set<Class<?>> tried = new HashSet<>();
        forms(64, 64).values().forEach(form -> tried.add(form.getClass()));
        Set<Class<?>> all = new HashSet<>(List.of(LinearOperator.class.getPermittedSubclasses()));
        all.remove(Custom.class);
        assertThat(tried).isEqualTo(all);
    }

    @Test
    void narrowBlocksAndRoundedInputsAndBiasesComeBack() {
        try (ModelFolder model = ModelFolder.open(SharedFolder.require("golden/models/llama"))) {
            ModelWeights weights = ModelWeights.read(model, scope);
            for (Site site : weights.sites(2)) {
                Tensor dense = ((Dense) weights.operator(site)).weight();
                if (site.role() == Role.GATE || site.role() == Role.UP) {
                    weights = weights.with(site, new Dense(dense.slice(0, 0, 40)));
                } else if (site.role() == Role.DOWN) {
                    weights = weights.with(site, new Dense(dense.in(scope).slice(1, 0, 40).copy()));
                }
            }
            Site first = weights.sites(0).getFirst();
            weights = weights.withBias(first, scope.zeros(first.outFeatures()).fill(0.25))
                    .withInputs(first, new InputRounding(8, true, 0, Optional.empty()))
                    .withInputs(weights.sites(1).getLast(), new InputRounding(8, false, 0,
                            Optional.of(new InputRounding.Step(0.1f, -3))));
            ModelWeights read = assertComesBack(model, weights, "narrow");
            assertThat(read.inputs(first)).isEqualTo(weights.inputs(first)).isPresent();
            assertThat(read.inputs(weights.sites(1).getLast())).isEqualTo(weights.inputs(weights.sites(1).getLast()));
        }
    }

    @TestFactory
    Stream<DynamicTest> modelsOfEveryFamilyComeBack() {
        return SharedFolder.cases("models").stream().map(path -> dynamicTest(path.getFileName().toString(), () -> {
            try (ModelFolder model = ModelFolder.open(path)) {
                assertComesBack(model, ModelWeights.read(model, scope), path.getFileName().toString());
            }
        }));
    }

    @Test
    void refusesADescriptionThatDoesNotFit() throws Exception {
        try (ModelFolder model = ModelFolder.open(SharedFolder.require("golden/models/llama"))) {
            Path target = folder.resolve("own");
            export(model, ModelWeights.read(model, scope), target, 1 << 20);
            String text = Files.readString(target.resolve("weights.json"));
            assertBroken(target, text, "\"version\": 1", "\"version\": 2", "version 2");
            assertBroken(target, text, "\"role\": \"q\"", "\"role\": \"quest\"", "'quest'");
            assertBroken(target, text, "\"out\": 64", "\"out\": 63", "described as");
            assertBroken(target, text, "\"form\": \"dense\"", "\"form\": \"fractal\"", "fractal");
            assertBroken(target, text, "\"form\": \"dense\"", "\"form\": \"csr\"", "damaged");
            assertBroken(target, text, "\"blocks.0.attention_norm\"", "\"blocks.9.attention_norm\"", "is missing");
            assertBroken(target, text, "\"parts\": [", "\"parts\": 7, \"rest\": [", "form that Lathe writes");
        }
    }

    private void assertBroken(Path target, String text, String from, String to, String... words) throws Exception {
        assertThat(text).contains(from);
        Files.writeString(target.resolve("weights.json"), text.replaceFirst(Pattern.quote(from), to));
        assertRefused(() -> {
            try (ModelFolder opened = ModelFolder.open(target)) {
                ModelWeights.read(opened, scope);
            }
        }, words);
    }

    @Test
    void refusesWhatABundleBrings() {
        try (ModelFolder model = ModelFolder.open(SharedFolder.require("golden/models/llama"))) {
            ModelWeights weights = ModelWeights.read(model, scope);
            Site site = weights.sites(0).getFirst();
            ModelWeights other = weights.with(site, new Foreign(new Dense(scope.zeros(64, 64))));
            assertRefused(() -> export(model, other, folder.resolve("own"), 1 << 20), "blocks.0.q", "foreign",
                    "bundle");
            assertThat(folder.resolve("own")).doesNotExist();
        }
    }

    private record Foreign(Dense inner) implements Custom {
        @Override
        public void apply(Tensor input, Tensor output) {
            output.fill(0);
        }

        @Override
        public int outFeatures() {
            return inner.outFeatures();
        }

        @Override
        public int inFeatures() {
            return inner.inFeatures();
        }

        @Override
        public String form() {
            return "foreign";
        }

        @Override
        public SequencedMap<String, Tensor> parts() {
            return inner.parts();
        }

        @Override
        public SequencedMap<String, String> attributes() {
            return inner.attributes();
        }
    }

    private ModelWeights assertComesBack(ModelFolder model, ModelWeights weights, String name) {
        Path target = folder.resolve(name.replace(' ', '-'));
        ExportResult result = export(model, weights, target, 200_000);
        assertThat(result.engines()).containsExactly("Lathe");
        ModelFolder written = ModelFolder.open(target);
        ModelWeights read = ModelWeights.read(written, scope);
        assertThat(read.sites()).isEqualTo(weights.sites());
        assertThat(read.vectorNames()).isEqualTo(weights.vectorNames());
        for (Site site : weights.sites()) {
            assertThat(read.operator(site).getClass()).isEqualTo(weights.operator(site).getClass());
            assertThat(read.operator(site).attributes()).isEqualTo(weights.operator(site).attributes());
            assertThat(read.operator(site).bytes()).isEqualTo(weights.operator(site).bytes());
        }
        assertThat(logits(written, read)).isEqualTo(logits(model, weights));
        return read;
    }

    private float[] logits(ModelFolder model, ModelWeights weights) {
        try (Transformer transformer = Transformer.of("t", model.config(), weights, compute, scope)) {
            return transformer.logits(Pass.whole(PROMPT), scope).toFloats();
        }
    }

    private ExportResult export(ModelFolder model, ModelWeights weights, Path target, long shard) {
        return CheckpointExport.write(ExportSource.of(model), weights, compute, scope,
                new ExportOptions(ExportLayout.LATHE, Optional.empty(), shard), target);
    }

    // ---- forms with random contents

    private Map<String, LinearOperator> forms(int out, int in) {
        Map<String, LinearOperator> forms = new LinkedHashMap<>();
        Dense dense = new Dense(normal(DataType.BF16, out, in));
        Mask half = Mask.largestPerRow(normal(DataType.F32, out, in), SparsityPattern.parse("2:4"), 0.5);
        forms.put("dense bf16", dense);
        forms.put("dense f32", new Dense(normal(DataType.F32, out, in)));
        forms.put("group-quantized constant", groups(out, in, 3, new ZeroPoints.Constant(4), Optional.empty()));
        forms.put("group-quantized packed", groups(out, in, 4, zeros(out, in), Optional.empty()));
        forms.put("group-quantized real", groups(out, in, 4,
                new ZeroPoints.Real(normal(DataType.F32, out, in / GROUP)), Optional.empty()));
        forms.put("group-quantized act-order", groups(out, in, 4, zeros(out, in), Optional.of(scattered(in))));
        forms.put("tile-quantized", tiles(out, in));
        forms.put("codebook", new Codebook(out, in, 4, bytes(out, BitPacking.rowBytes(in, 4)),
                normal(DataType.F32, 16), GROUP, Optional.of(normal(DataType.F16, out, in / GROUP)), 0.3f));
        forms.put("codebook of rows", new Codebook(out, in, 3, bytes(out, BitPacking.rowBytes(in, 3)),
                normal(DataType.F16, out, 8), in, Optional.empty(), 1));
        forms.put("bitmask", bitmask(half, new Values.Plain(normal(DataType.BF16, (int) half.kept()))));
        forms.put("bitmask of codes", bitmask(half, codes(out, in, (int) half.kept())));
        forms.put("n-m", nm(out, in, new Values.Plain(normal(DataType.F16, out * in / 2))));
        forms.put("n-m of codes", nm(out, in, codes(out, in, out * in / 2)));
        forms.put("block-sparse", new BlockSparse(out, in, 16, 32, ints(0, 1, 2, 3, 4), ints(0, 1, 0, 1),
                normal(DataType.F32, 4, 16, 32)));
        forms.put("csr", csr(out, in));
        forms.put("low-rank", new LowRank(normal(DataType.BF16, out, 8), normal(DataType.BF16, 8, in)));
        forms.put("dictionary", new DictionarySparse(normal(DataType.F32, out, 20), csr(20, in)));
        forms.put("hadamard", new Rotated(new Rotation.Hadamard(in, 32), dense));
        forms.put("rotated", new Rotated(new Rotation.Matrix(normal(DataType.F32, in, in)),
                groups(out, in, 4, zeros(out, in), Optional.empty())));
        forms.put("masked", new Masked(half, new Dense(normal(DataType.F32, out, in))));
        forms.put("sum", Sum.of(groups(out, in, 2, new ZeroPoints.Constant(1), Optional.empty()), csr(out, in),
                new LowRank(normal(DataType.F16, out, 4), normal(DataType.F16, 4, in))));
        return forms;
    }

    private GroupQuantized groups(int out, int in, int bits, ZeroPoints zeros, Optional<Tensor> order) {
        return new GroupQuantized(out, in, bits, GROUP, bytes(out, BitPacking.rowBytes(in, bits)),
                normal(DataType.F16, out, in / GROUP), zeros, order);
    }

    private ZeroPoints zeros(int out, int in) {
        return new ZeroPoints.Packed(4, bytes(out, BitPacking.rowBytes(in / GROUP, 4)));
    }

    private Tensor scattered(int in) {
        return scope.of(IntStream.range(0, in).map(column -> column % (in / GROUP)).toArray(), in);
    }

    private TileQuantized tiles(int out, int in) {
        int count = in / GROUP;
        GroupStatistic scales = new GroupStatistic.Coded(out, count, 3, 16, bytes((int) TilePacking.bytes(out, count,
                3)), normal(DataType.F16, out / 16, count), normal(DataType.F32, out / 16, count));
        return new TileQuantized(out, in, 3, GROUP,
                bytes((int) TilePacking.bytes(out, TileQuantized.slots(in, GROUP), 3)), scales,
                new GroupStatistic.Plain(normal(DataType.F16, out, count)), Optional.empty());
    }

    private BitmaskSparse bitmask(Mask mask, Values values) {
        Tensor bitmap = scope.zeros(DataType.U8, mask.rows(), 8 * ((mask.columns() + 63) / 64));
        int[] starts = new int[mask.rows() + 1];
        for (int i = 0; i < mask.rows(); i++) {
            for (int j = 0; j < mask.columns(); j++) {
                if (mask.keeps(i, j)) {
                    bitmap.set((int) bitmap.get(i, j / 8) | 1 << j % 8, i, j / 8);
                }
            }
            starts[i + 1] = starts[i] + mask.kept(i);
        }
        return new BitmaskSparse(mask.rows(), mask.columns(), bitmap, ints(starts), values);
    }

    private NmSparse nm(int out, int in, Values values) {
        Tensor places = scope.zeros(DataType.U8, out, BitPacking.rowBytes(in / 2, 2));
        int[] row = new int[in / 2];
        for (int i = 0; i < out; i++) {
            for (int j = 0; j < row.length; j += 2) {
                row[j] = random.nextInt(3);
                row[j + 1] = row[j] + 1 + random.nextInt(3 - row[j]);
            }
            BitPacking.packRow(row, row.length, 2, places.row(i).segment(), 0);
        }
        return new NmSparse(out, in, 2, 4, places, values);
    }

    private Values codes(int out, int in, int count) {
        return new Values.Packed(4, GROUP, bytes(BitPacking.rowBytes(count, 4)),
                normal(DataType.F16, out, in / GROUP), zeros(out, in));
    }

    private Csr csr(int out, int in) {
        int[] starts = new int[out + 1];
        List<Integer> columns = new ArrayList<>();
        for (int i = 0; i < out; i++) {
            Set<Integer> row = new TreeSet<>();
            for (int k = random.nextInt(4); k > 0; k--) {
                row.add(random.nextInt(in));
            }
            columns.addAll(row);
            starts[i + 1] = columns.size();
        }
        return new Csr(out, in, ints(starts), ints(columns.stream().mapToInt(Integer::intValue).toArray()),
                normal(DataType.F32, columns.size()));
    }

    private Tensor ints(int... values) {
        return scope.of(values, values.length);
    }

    private Tensor bytes(int... sizes) {
        Tensor bytes = scope.zeros(DataType.U8, sizes);
        for (long i = 0; i < bytes.bytes(); i++) {
            bytes.segment().set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
        }
        return bytes;
    }

    private Tensor normal(DataType type, int... sizes) {
        Tensor values = scope.zeros(sizes);
        for (long i = 0; i < values.elements(); i++) {
            values.segment().set(ValueLayout.JAVA_FLOAT, 4 * i,
                    (float) (0.05 * random.nextGaussian()));
        }
        return type == DataType.F32 ? values : values.to(type);
    }
}
