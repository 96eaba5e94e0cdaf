package lathe.testkit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;

import lathe.engine.Engine;
import lathe.engine.kernels.CpuBackend;
import lathe.models.transformer.ModelWeights;
import lathe.models.transformer.Pass;
import lathe.models.transformer.Transformer;
import lathe.runtime.compress.Journal;
import lathe.runtime.compress.Walk;
import lathe.runtime.graph.SitePatterns;
import lathe.spi.Services;
import lathe.spi.backend.Compute;
import lathe.spi.model.ModelInfo;
import lathe.spi.model.Site;
import lathe.spi.numeric.RandomStream;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.WeightMethod;
import lathe.testkit.golden.TemporaryModel;
import lathe.testkit.reference.FixedRandom;

/** The platform's walk over a small model with {@code targets} and {@code ignore}. */
public final class TargetedWalk {
    private static final int BLOCKS = 2;
    private static final int HIDDEN = 64;
    private static final int INNER = 128;
    private static final int VOCABULARY = 48;
    private static final int SEQUENCES = 8;
    private static final int LENGTH = 96;
    private final Scope scope;
    private final Compute compute = new CpuBackend(Engine.shared()).open(Engine.shared().parallel());
    private int drawn;

    private TargetedWalk(Scope scope) {
        this.scope = scope;
    }

    /**
     * The weights that a method changes in a model of two blocks.
     *
     * @param method   the method
     * @param services what it was made with
     * @param targets  what it is pointed at
     * @param ignore   what it leaves out
     * @param scope    memory of the test
     * @return names of the sites whose numbers are others afterwards
     */
    public static List<String> changed(
            WeightMethod method, Services services, List<String> targets, List<String> ignore, Scope scope) {
        return new TargetedWalk(scope).changed(method, services, new SitePatterns(targets, ignore));
    }

    /**
     * What a method makes of the whole small model.
     *
     * @param before [tokens, vocabulary] logits of each sequence by the model as it was
     * @param after  the same by what the method made of it
     * @param info   its sizes afterwards
     * @param bytes  memory of its weights afterwards
     */
    public record Outcome(List<Tensor> before, List<Tensor> after, ModelInfo info, long bytes) {
        /**
         * How far logits moved.
         *
         * @return norm of the differences as a part of the norm of the logits
         */
        public double distance() {
            double moved = 0;
            double size = 0;
            for (int i = 0; i < before.size(); i++) {
                moved += after.get(i).subtract(before.get(i)).square().sum();
                size += before.get(i).square().sum();
            }
            return Math.sqrt(moved / size);
        }
    }

    /**
     * Runs a method on all weights.
     *
     * @param method   the method
     * @param services what it was made with
     * @param others   tensors that take the place of random ones, or join them, by their Hugging Face names
     * @param scope    memory of the test
     * @return what became of the model
     */
    public static Outcome outcome(WeightMethod method, Services services, Map<String, Tensor> others, Scope scope) {
        return new TargetedWalk(scope).outcome(method, services, others);
    }

    private Outcome outcome(WeightMethod method, Services services, Map<String, Tensor> others) {
        Map<String, Tensor> tensors = tensors();
        tensors.putAll(others);
        Config config = others.keySet().stream().anyMatch(name -> name.endsWith("_proj.bias"))
                ? config().withValue("attention_bias", ConfigValueFactory.fromAnyRef(true))
                : config();
        try (TemporaryModel model = TemporaryModel.of(config, tensors, compute, scope)) {
            Transformer dense = model.transformer();
            ModelWeights after = new Walk(dense, method, new SitePatterns(List.of(), List.of()), sequences(), false,
                    services, scope, Journal.NONE).run();
            try (Transformer changed = dense.with(after)) {
                return new Outcome(logits(dense), logits(changed), changed.info(), after.weightBytes());
            }
        }
    }

    private List<Tensor> logits(Transformer model) {
        return sequences().stream()
                .map(sequence -> compute.read(model.logits(Pass.whole(sequence), scope), scope).in(scope).copy())
                .toList();
    }

    private List<String> changed(WeightMethod method, Services services, SitePatterns patterns) {
        try (TemporaryModel model = model()) {
            Transformer dense = model.transformer();
            ModelWeights before = dense.weights();
            ModelWeights after = walk(dense, method, services, patterns, false);
            List<String> changed = new ArrayList<>();
            for (Site site : after.sites()) {
                float[] old = compute.dense(before.operator(site), DataType.F32, scope).toFloats();
                float[] now = compute.dense(after.operator(site), DataType.F32, scope).toFloats();
                if (!Arrays.equals(old, now)) {
                    changed.add(site.name());
                }
            }
            return changed;
        }
    }

    /** A walk that visits all weights. */
    static TargetedWalk in(Scope scope) {
        return new TargetedWalk(scope);
    }

    /** The small model, to be closed. */
    TemporaryModel model() {
        return TemporaryModel.of(config(), tensors(), compute, scope);
    }

    /** The kernels that the model runs on. */
    Compute compute() {
        return compute;
    }

    /** What a method makes of all weights of a model. */
    ModelWeights walk(Transformer dense, WeightMethod method, Services services, boolean pruned) {
        return walk(dense, method, services, new SitePatterns(List.of(), List.of()), pruned);
    }

    private ModelWeights walk(
            Transformer dense, WeightMethod method, Services services, SitePatterns patterns, boolean pruned) {
        return new Walk(dense, method, patterns, sequences(), pruned, services, scope, Journal.NONE).run();
    }

    private static Config config() {
        return ConfigFactory.parseMap(Map.of("vocab_size", VOCABULARY, "hidden_size", HIDDEN, "intermediate_size",
                INNER,
                "num_hidden_layers", BLOCKS, "num_attention_heads", 2, "num_key_value_heads", 2, "rms_norm_eps", 1e-5,
                "tie_word_embeddings", false, "hidden_act", "silu"));
    }

    private Map<String, Tensor> tensors() {
        Map<String, Tensor> tensors = new HashMap<>();
        tensors.put("model.embed_tokens.weight", random(VOCABULARY, HIDDEN));
        tensors.put("lm_head.weight", random(VOCABULARY, HIDDEN));
        tensors.put("model.norm.weight", ones());
        for (int block = 0; block < BLOCKS; block++) {
            String layer = "model.layers." + block + ".";
            tensors.put(layer + "input_layernorm.weight", ones());
            tensors.put(layer + "post_attention_layernorm.weight", ones());
            for (String name : List.of("q", "k", "v", "o")) {
                tensors.put(layer + "self_attn." + name + "_proj.weight", random(HIDDEN, HIDDEN));
            }
            tensors.put(layer + "mlp.gate_proj.weight", random(INNER, HIDDEN));
            tensors.put(layer + "mlp.up_proj.weight", random(INNER, HIDDEN));
            tensors.put(layer + "mlp.down_proj.weight", random(HIDDEN, INNER));
        }
        return tensors;
    }

    private Tensor ones() {
        return scope.zeros(HIDDEN).fill(1);
    }

    private Tensor random(int rows, int columns) {
        RandomStream stream = new FixedRandom(7).stream("weight", drawn++);
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (stream.normal(i) / Math.sqrt(columns));
        }
        return scope.of(values, rows, columns);
    }

    private static List<int[]> sequences() {
        RandomStream stream = new FixedRandom(7).stream("tokens", 0);
        return IntStream.range(0, SEQUENCES)
                .mapToObj(i -> IntStream.range(0, LENGTH)
                        .map(token -> stream.below((long) i * LENGTH + token, VOCABULARY))
                        .toArray())
                .toList();
    }
}
