package lathe.launcher.matrix;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

import lathe.models.checkpoint.Checkpoint;
import lathe.models.checkpoint.SafetensorsWriter;
import lathe.models.checkpoint.StoredType;
import lathe.models.checkpoint.TensorSource;
import lathe.spi.numeric.RandomStream;
import lathe.spi.numeric.RandomStreams;

/**
 * Writes two models with random weights and a tokenizer of single bytes: two layers, 64 wide, four heads of 16 that share two
 * heads of keys. One is dense, the other has four experts of which two are asked.
 */
final class MatrixModels {
    /** Tokens of the vocabulary: the bytes. */
    static final int VOCABULARY = 256;

    private static final int LAYERS = 2;
    private static final int HIDDEN = 64;
    private static final int HEADS = 4;
    private static final int SHARED_HEADS = 2;
    private static final int HEAD = HIDDEN / HEADS;
    private static final int FEED_FORWARD = 128;
    private static final int EXPERTS = 4;
    private static final int EXPERT_FEED_FORWARD = 64;

    private final RandomStreams random;
    private final List<TensorSource> tensors = new ArrayList<>();

    private MatrixModels(RandomStreams random) {
        this.random = requireNonNull(random, "random is null");
    }

    /** Writes the dense model. */
    static void writeDense(Path folder, RandomStreams random) throws IOException {
        MatrixModels model = new MatrixModels(random);
        model.common();
        for (int layer = 0; layer < LAYERS; layer++) {
            String mlp = "model.layers." + layer + ".mlp.";
            model.linear(mlp + "gate_proj", FEED_FORWARD, HIDDEN);
            model.linear(mlp + "up_proj", FEED_FORWARD, HIDDEN);
            model.linear(mlp + "down_proj", HIDDEN, FEED_FORWARD);
        }
        JsonObject config = config("llama", "LlamaForCausalLM", FEED_FORWARD);
        config.addProperty("head_dim", HEAD);
        model.write(folder, config);
    }

    /** Writes the mixture of experts. */
    static void writeMixture(Path folder, RandomStreams random) throws IOException {
        MatrixModels model = new MatrixModels(random);
        model.common();
        for (int layer = 0; layer < LAYERS; layer++) {
            String mixture = "model.layers." + layer + ".block_sparse_moe.";
            model.linear(mixture + "gate", EXPERTS, HIDDEN);
            for (int expert = 0; expert < EXPERTS; expert++) {
                String name = mixture + "experts." + expert + ".";
                model.linear(name + "w1", EXPERT_FEED_FORWARD, HIDDEN);
                model.linear(name + "w2", HIDDEN, EXPERT_FEED_FORWARD);
                model.linear(name + "w3", EXPERT_FEED_FORWARD, HIDDEN);
            }
        }
        JsonObject config = config("mixtral", "MixtralForCausalLM", EXPERT_FEED_FORWARD);
        config.addProperty("num_local_experts", EXPERTS);
        config.addProperty("num_experts_per_tok", 2);
        model.write(folder, config);
    }

    private void common() {
        linear("model.embed_tokens", VOCABULARY, HIDDEN);
        linear("lm_head", VOCABULARY, HIDDEN);
        norm("model.norm");
        for (int layer = 0; layer < LAYERS; layer++) {
            String block = "model.layers." + layer + ".";
            norm(block + "input_layernorm");
            norm(block + "post_attention_layernorm");
            linear(block + "self_attn.q_proj", HIDDEN, HIDDEN);
            linear(block + "self_attn.k_proj", SHARED_HEADS * HEAD, HIDDEN);
            linear(block + "self_attn.v_proj", SHARED_HEADS * HEAD, HIDDEN);
            linear(block + "self_attn.o_proj", HIDDEN, HIDDEN);
        }
    }

    private void linear(String name, int outputs, int inputs) {
        RandomStream stream = random.stream(name, 0);
        float[] weights = new float[outputs * inputs];
        double scale = 1 / Math.sqrt(inputs);
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) (scale * stream.normal(i));
        }
        add(name, weights, outputs, inputs);
    }

    private void norm(String name) {
        float[] ones = new float[HIDDEN];
        Arrays.fill(ones, 1);
        add(name, ones, HIDDEN);
    }

    private void add(String name, float[] values, long... shape) {
        tensors.add(TensorSource.of(name + ".weight", StoredType.F32, shape, bytes(values)));
    }

    private static MemorySegment bytes(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return MemorySegment.ofBuffer(bytes);
    }

    private void write(Path folder, JsonObject config) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("config.json"), config.toString());
        Files.writeString(folder.resolve("tokenizer.json"), tokenizer().toString(), StandardCharsets.UTF_8);
        SafetensorsWriter.write(folder.resolve(Checkpoint.SINGLE_FILE), tensors, Map.of("format", "pt"));
    }

    private static JsonObject config(String type, String architecture, int feedForward) {
        JsonObject config = new JsonObject();
        config.addProperty("model_type", type);
        JsonArray architectures = new JsonArray();
        architectures.add(architecture);
        config.add("architectures", architectures);
        config.addProperty("hidden_size", HIDDEN);
        config.addProperty("intermediate_size", feedForward);
        config.addProperty("num_hidden_layers", LAYERS);
        config.addProperty("num_attention_heads", HEADS);
        config.addProperty("num_key_value_heads", SHARED_HEADS);
        config.addProperty("vocab_size", VOCABULARY);
        config.addProperty("max_position_embeddings", 512);
        config.addProperty("rms_norm_eps", 1e-5);
        config.addProperty("rope_theta", 10000.0);
        config.addProperty("hidden_act", "silu");
        config.addProperty("tie_word_embeddings", false);
        return config;
    }

    /** Bytes as tokens, in the spelling of byte-level tokenizers: printable ones stand for themselves. */
    private static JsonObject tokenizer() {
        JsonObject vocabulary = new JsonObject();
        int substitute = VOCABULARY;
        for (int code = 0; code < VOCABULARY; code++) {
            boolean printable = code >= '!' && code <= '~' || code >= 0xa1 && code <= 0xac || code >= 0xae;
            vocabulary.addProperty(String.valueOf((char) (printable ? code : substitute++)), code);
        }
        JsonObject model = new JsonObject();
        model.addProperty("type", "BPE");
        model.add("vocab", vocabulary);
        model.add("merges", new JsonArray());
        JsonObject tokenizer = new JsonObject();
        tokenizer.addProperty("version", "1.0");
        tokenizer.add("added_tokens", new JsonArray());
        tokenizer.add("pre_tokenizer", byteLevel());
        tokenizer.add("decoder", byteLevel());
        tokenizer.add("model", model);
        return tokenizer;
    }

    private static JsonObject byteLevel() {
        JsonObject bytes = new JsonObject();
        bytes.addProperty("type", "ByteLevel");
        bytes.addProperty("add_prefix_space", false);
        bytes.addProperty("trim_offsets", true);
        bytes.addProperty("use_regex", false);
        return bytes;
    }
}
