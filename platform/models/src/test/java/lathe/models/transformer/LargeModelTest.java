package lathe.models.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

import com.sun.management.ThreadMXBean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.engine.Engine;
import lathe.engine.kernels.CpuBackend;
import lathe.models.architecture.ModelFolder;
import lathe.models.exchange.CheckpointExport;
import lathe.models.exchange.ExportLayout;
import lathe.models.exchange.ExportOptions;
import lathe.models.exchange.ExportSource;
import lathe.spi.backend.Compute;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;

/** Models of a gigabyte, in files with holes: what loading and writing them takes must not grow with the weights. */
class LargeModelTest {
    private static final int LAYERS = 8;
    private static final long MEGABYTE = 1 << 20;

    @TempDir
    Path folder;

    @Test
    void loadingAGigabyteTakesTheHeapOfLoadingTenMegabytesAndReadsNoWeight() throws Exception {
        Path small = model("small", 256, 512);
        Path large = model("large", 2048, 9216);
        assertThat(Files.size(large.resolve("model.safetensors"))).isGreaterThan(1_000_000_000);
        load(small);
        long before = load(small);
        long after = load(large);
        assertThat(after).isLessThan(before + MEGABYTE / 4);
    }

    /** Loads a model and gives the bytes that this thread allocated on the heap. */
    private long load(Path path) throws IOException {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Engine engine = Engine.shared();
        try (Scope scope = engine.openScope(); Compute compute = new CpuBackend(engine).open(engine.parallel())) {
            long start = threads.getCurrentThreadAllocatedBytes();
            try (ModelFolder opened = ModelFolder.open(path);
                    Transformer transformer = Transformer.of(opened, compute, scope)) {
                long allocated = threads.getCurrentThreadAllocatedBytes() - start;
                assertThat(transformer.weights().parameters()).isPositive();
                assertThat(scope.bytes()).as("bytes beside the heap").isLessThan(MEGABYTE);
                assertThat(resident(path.resolve("model.safetensors"))).as("bytes of the file that were read")
                        .isLessThan(4 * MEGABYTE);
                return allocated;
            }
        }
    }

    /** Bytes of a mapped file that are in memory for this process. */
    private static long resident(Path file) throws IOException {
        Path maps = Path.of("/proc/self/smaps");
        assumeTrue(Files.isReadable(maps), "skipped: this system does not say what of a mapping is in memory");
        long sum = 0;
        boolean inside = false;
        for (String line : Files.readAllLines(maps)) {
            if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
                inside = line.endsWith(file.toRealPath().toString());
            } else if (inside && line.startsWith("Rss:")) {
                sum += Long.parseLong(line.replaceAll("\\D", "")) * 1024;
            }
        }
        return sum;
    }

    @Test
    void writingShardsHoldsOneTensorAtATime() throws Exception {
        Path path = model("source", 512, 2048);
        Engine engine = Engine.shared();
        try (Scope scope = engine.openScope();
                Compute compute = new CpuBackend(engine).open(engine.parallel());
                ModelFolder opened = ModelFolder.open(path)) {
            ModelWeights weights = ModelWeights.read(opened, scope);
            long largest = weights.sites().stream().mapToLong(site -> 4L * site.outFeatures() * site.inFeatures()).max()
                    .orElseThrow();
            Peak peak = new Peak(scope);
            try (peak) {
                CheckpointExport.write(ExportSource.of(opened), weights, compute, scope,
                        ExportOptions.of(ExportLayout.DENSE).withType(DataType.F32).withShardBytes(32 * MEGABYTE),
                        folder.resolve("written"));
            }
            long whole = Files.list(folder.resolve("written")).mapToLong(file -> file.toFile().length()).sum();
            assertThat(whole).isGreaterThan(16 * largest);
            assertThat(peak.bytes()).isPositive().isLessThanOrEqualTo(2 * largest);
        }
    }

    /** Looks at the memory of a scope and all below it again and again. */
    private static final class Peak implements AutoCloseable {
        private final AtomicLong most = new AtomicLong();
        private final AtomicBoolean ended = new AtomicBoolean();
        private final Thread watcher;

        Peak(Scope scope) {
            watcher = Thread.ofPlatform().daemon().start(() -> {
                while (!ended.get()) {
                    most.accumulateAndGet(scope.bytes(), Math::max);
                    Thread.onSpinWait();
                }
            });
        }

        long bytes() {
            return most.get();
        }

        @Override
        public void close() throws InterruptedException {
            ended.set(true);
            watcher.join();
        }
    }

    /** A Llama of zeros in a file with holes. */
    private Path model(String name, int hidden, int width) throws IOException {
        Path target = Files.createDirectories(folder.resolve(name));
        Files.writeString(target.resolve("config.json"), """
                {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": %d,
                 "intermediate_size": %d, "num_hidden_layers": %d, "num_attention_heads": 8,
                 "num_key_value_heads": 8, "vocab_size": 320, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
                 "hidden_act": "silu", "max_position_embeddings": 512, "tie_word_embeddings": true,
                 "torch_dtype": "bfloat16"}
                """.formatted(hidden, width, LAYERS));
        List<String> entries = new ArrayList<>();
        long[] offset = {0};
        add(entries, offset, "model.embed_tokens.weight", 320, hidden);
        for (int layer = 0; layer < LAYERS; layer++) {
            String prefix = "model.layers." + layer + ".";
            for (String projection : new String[] {"q_proj", "k_proj", "v_proj", "o_proj"}) {
                add(entries, offset, prefix + "self_attn." + projection + ".weight", hidden, hidden);
            }
            add(entries, offset, prefix + "mlp.gate_proj.weight", width, hidden);
            add(entries, offset, prefix + "mlp.up_proj.weight", width, hidden);
            add(entries, offset, prefix + "mlp.down_proj.weight", hidden, width);
            add(entries, offset, prefix + "input_layernorm.weight", hidden);
            add(entries, offset, prefix + "post_attention_layernorm.weight", hidden);
        }
        add(entries, offset, "model.norm.weight", hidden);
        byte[] header = ("{" + String.join(",", entries) + "}").getBytes(StandardCharsets.UTF_8);
        try (RandomAccessFile sparse = new RandomAccessFile(target.resolve("model.safetensors").toFile(), "rw")) {
            sparse.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).array());
            sparse.write(header);
            sparse.setLength(8 + header.length + offset[0]);
        } catch (IOException e) {
            assumeTrue(false, "skipped: no file with holes of this size here: " + e.getMessage());
        }
        return target;
    }

    private static void add(List<String> entries, long[] offset, String name, int... shape) {
        long bytes = 2;
        List<String> sizes = new ArrayList<>();
        for (int size : shape) {
            bytes *= size;
            sizes.add(Integer.toString(size));
        }
        entries.add("\"%s\":{\"dtype\":\"BF16\",\"shape\":[%s],\"data_offsets\":[%d,%d]}".formatted(name,
                String.join(",", sizes), offset[0], offset[0] + bytes));
        offset[0] += bytes;
    }
}
