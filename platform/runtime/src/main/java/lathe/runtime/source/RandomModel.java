package lathe.runtime.source;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;

import lathe.models.architecture.ParsedConfig;
import lathe.models.architecture.PlannedTensor;
import lathe.models.checkpoint.CheckpointWriter;
import lathe.models.checkpoint.StoredType;
import lathe.models.checkpoint.TensorSource;
import lathe.runtime.config.Places;
import lathe.spi.Default;
import lathe.spi.LatheException;
import lathe.spi.Range;
import lathe.spi.Services;
import lathe.spi.graph.ModelSource;
import lathe.spi.numeric.Parallel;
import lathe.spi.numeric.RandomStream;

/**
 * A model of any size with random weights and a tokenizer of single bytes: for measurements of speed and memory that need
 * the sizes of a real model and not its contents.
 */
public final class RandomModel implements ModelSource {
    /** Types that weights are written in. */
    public enum Type {
        /** Two bytes. */
        BF16,
        /** Four bytes. */
        F32
    }

    /**
     * Sizes of a model of the Llama kind.
     *
     * @param family     {@code model_type} of its config: llama, mistral, qwen2, qwen3
     * @param layers     blocks
     * @param hidden     width of the residual stream
     * @param width      width of the feed-forward networks
     * @param heads      query heads
     * @param kvHeads    key/value heads
     * @param vocabulary token ids, of which the first 256 are bytes
     * @param positions  longest sequence
     * @param tied       whether the head is the embedding
     * @param deviation  standard deviation of the weights
     * @param type       how weights are stored
     */
    public record Sizes(
            @Default("llama") String family,
            @Default("22") @Range("[1, 10000]") int layers,
            @Default("2048") @Range("[2, 1000000]") int hidden,
            @Default("5632") @Range("[1, 10000000]") int width,
            @Default("32") @Range("[1, 100000]") int heads,
            @Default("4") @Range("[1, 100000]") int kvHeads,
            @Default("32000") @Range("[256, 10000000]") int vocabulary,
            @Default("2048") @Range("[1, inf)") int positions,
            @Default("false") boolean tied,
            @Default("0.02") @Range("(0, 100]") double deviation,
            @Default("bf16") Type type) {
        /** Checks that heads divide the width. */
        public Sizes {
            requireNonNull(family, "family is null");
            if (hidden % heads != 0 || hidden / heads % 2 != 0 || heads % kvHeads != 0) {
                throw new LatheException(heads + " heads of which " + kvHeads + " hold keys do not divide a width of "
                        + hidden + " into heads of an even width.");
            }
        }
    }

    private static final Gson JSON = new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();
    private static final long SHARD = 2_000_000_000L;
    private static final int PIECE = 1 << 20;
    private static final int GRAIN = 1 << 14;

    private final Sizes sizes;
    private final Services services;

    /**
     * @param sizes    the model
     * @param services whose random streams give the weights
     */
    public RandomModel(Sizes sizes, Services services) {
        this.sizes = requireNonNull(sizes, "sizes is null");
        this.services = requireNonNull(services, "services is null");
    }

    @Override
    public Optional<String> config() {
        return Optional.of(JSON.toJson(values()));
    }

    @Override
    public Path fetch(Path work) {
        List<TensorSource> tensors = new ArrayList<>();
        List<PlannedTensor> planned = plan(work.resolve("config.json"));
        for (int i = 0; i < planned.size(); i++) {
            tensors.add(tensor(planned.get(i), i, planned.size()));
        }
        CheckpointWriter.write(work, tensors, Map.of("format", "pt"), SHARD);
        write(work, "config.json", values());
        write(work, "tokenizer.json", ByteTokenizer.json());
        write(work, "tokenizer_config.json", Map.of("tokenizer_class", "PreTrainedTokenizerFast"));
        return work;
    }

    /**
     * The model's files with nothing but holes in place of the weights: they take next to no disk, and tell the sizes.
     *
     * @param config text of a config.json
     * @param folder where they go
     */
    public static void outline(String config, Path folder) {
        try {
            Files.writeString(folder.resolve("config.json"), config);
        } catch (IOException failure) {
            throw unwritable(folder, failure);
        }
        List<TensorSource> holes = ParsedConfig.read(folder.resolve("config.json")).plan(name -> false).tensors()
                .values()
                .stream().map(RandomModel::hole).toList();
        CheckpointWriter.write(folder, holes, Map.of("format", "pt"), Long.MAX_VALUE);
    }

    private static TensorSource hole(PlannedTensor planned) {
        long[] shape = shape(planned);
        long bytes = elements(shape) * 2;
        return new TensorSource(planned.name(), StoredType.BF16, shape, target -> {
            FileChannel file = (FileChannel) target;
            file.position(file.position() + bytes - 1);
            file.write(ByteBuffer.wrap(new byte[1]));
        });
    }

    private List<PlannedTensor> plan(Path place) {
        Map<String, Object> raw = new LinkedHashMap<>();
        values().forEach(
                (key, value) -> raw.put(key, value instanceof Integer whole ? (Object) whole.longValue() : value));
        return List.copyOf(ParsedConfig.of(place, raw).plan(name -> false).tensors().values());
    }

    private Map<String, Object> values() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("model_type", sizes.family());
        values.put("hidden_act", "silu");
        values.put("hidden_size", sizes.hidden());
        values.put("intermediate_size", sizes.width());
        values.put("num_hidden_layers", sizes.layers());
        values.put("num_attention_heads", sizes.heads());
        values.put("num_key_value_heads", sizes.kvHeads());
        values.put("head_dim", sizes.hidden() / sizes.heads());
        values.put("max_position_embeddings", sizes.positions());
        values.put("rms_norm_eps", 1e-5);
        values.put("rope_theta", 10000.0);
        values.put("tie_word_embeddings", sizes.tied());
        values.put("vocab_size", sizes.vocabulary());
        values.put("torch_dtype", sizes.type() == Type.F32 ? "float32" : "bfloat16");
        return values;
    }

    private TensorSource tensor(PlannedTensor planned, int index, int count) {
        boolean vector = planned.shape().size() == 1;
        boolean bias = planned.name().endsWith("bias");
        RandomStream random = services.random().stream("weights", index);
        return new TensorSource(planned.name(), sizes.type() == Type.F32 ? StoredType.F32 : StoredType.BF16,
                shape(planned), target -> {
                    write(target, elements(shape(planned)), vector ? null : random, bias ? 0 : 1);
                    services.progress().update(index + 1, count, planned.name());
                });
    }

    /** @param random null for a constant */
    private void write(WritableByteChannel target, long elements, RandomStream random, float constant)
            throws IOException {
        int size = sizes.type() == Type.F32 ? 4 : 2;
        ByteBuffer piece = ByteBuffer.allocateDirect(PIECE * size).order(ByteOrder.LITTLE_ENDIAN);
        Parallel parallel = services.parallel();
        for (long at = 0; at < elements; at += PIECE) {
            int some = (int) Math.min(PIECE, elements - at);
            long first = at;
            parallel.forEach(some, GRAIN, (from, to) -> {
                for (int i = from; i < to; i++) {
                    float value = random == null ? constant : value(random, first + i);
                    if (size == 4) {
                        piece.putFloat(4 * i, value);
                    } else {
                        piece.putShort(2 * i, (short) (Float.floatToRawIntBits(value) + 0x8000 >>> 16));
                    }
                }
            });
            piece.limit(some * size).position(0);
            while (piece.hasRemaining()) {
                target.write(piece);
            }
        }
    }

    /** The sum of four 16-bit uniform numbers, scaled: near enough to a normal one, and quick. */
    private float value(RandomStream random, long counter) {
        long bits = random.bits(counter);
        long sum = (bits & 0xffff) + (bits >>> 16 & 0xffff) + (bits >>> 32 & 0xffff) + (bits >>> 48);
        // The sum has mean 2 * 65535 and variance 4 * (2^32 - 1) / 12.
        double standard = (sum - 131070.0) / Math.sqrt(4294967295.0 / 3);
        return (float) (standard * sizes.deviation());
    }

    private static long[] shape(PlannedTensor planned) {
        return planned.shape().stream().mapToLong(Long::longValue).toArray();
    }

    private static long elements(long[] shape) {
        long product = 1;
        for (long size : shape) {
            product = Math.multiplyExact(product, size);
        }
        return product;
    }

    private static void write(Path folder, String name, Object values) {
        try {
            Files.write(folder.resolve(name), JSON.toJson(values).getBytes(StandardCharsets.UTF_8));
        } catch (IOException failure) {
            throw unwritable(folder, failure);
        }
    }

    private static LatheException unwritable(Path folder, IOException failure) {
        return new LatheException("A model cannot be written to " + Places.shown(folder) + ": " + failure.getMessage()
                + ".", failure);
    }
}
