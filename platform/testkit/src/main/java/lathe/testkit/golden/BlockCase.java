package lathe.testkit.golden;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;

import lathe.models.transformer.ModelWeights;
import lathe.models.transformer.Pass;
import lathe.models.transformer.Transformer;
import lathe.runtime.compress.Journal;
import lathe.runtime.compress.Walk;
import lathe.runtime.graph.SitePatterns;
import lathe.spi.Kind;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.BlockMethod;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.ListeningBlockMethod;
import lathe.testkit.scene.Numbers;

/**
 * {@code quantize-block} and {@code search-scales}: one block of a Llama with the hidden states x [sequences, tokens,
 * hidden] that enter it. The states become the embedding of a model of one block, a token a state, and the platform walks
 * that model.
 */
final class BlockCase {
    private static final Set<String> DESCRIPTIVE = Set.of("heads", "kvHeads", "ropeTheta", "rmsNormEps");
    private static final String LAYER = "model.layers.0.";

    private final GoldenCase golden;
    private final Workbench bench;
    private final Findings findings = new Findings();

    private BlockCase(GoldenCase golden, Workbench bench) {
        this.golden = golden;
        this.bench = bench;
    }

    static Map<String, Numbers> run(GoldenCase golden, Workbench bench) {
        BlockCase blockCase = new BlockCase(golden, bench);
        try (TemporaryModel model = TemporaryModel.of(blockCase.config(), blockCase.tensors(), bench.compute(),
                bench.scope())) {
            blockCase.walk(model.transformer());
        }
        return blockCase.findings.all();
    }

    private Config config() {
        Tensor x = golden.input("x");
        int heads = golden.whole("heads").orElseThrow();
        Map<String, Object> keys = new HashMap<>();
        keys.put("vocab_size", x.size(0) * x.size(1));
        keys.put("hidden_size", x.size(2));
        keys.put("intermediate_size", golden.input("gate").size(0));
        keys.put("num_hidden_layers", 1);
        keys.put("num_attention_heads", heads);
        keys.put("num_key_value_heads", golden.whole("kvHeads").orElse(heads));
        keys.put("head_dim", golden.input("q").size(0) / heads);
        keys.put("rms_norm_eps", golden.number("rmsNormEps").orElseThrow());
        keys.put("rope_theta", golden.number("ropeTheta").orElseThrow());
        keys.put("tie_word_embeddings", false);
        keys.put("hidden_act", "silu");
        return ConfigFactory.parseMap(keys);
    }

    private Map<String, Tensor> tensors() {
        Tensor x = golden.input("x");
        int states = x.size(0) * x.size(1);
        Map<String, Tensor> tensors = new HashMap<>();
        for (Role role : List.of(
                Role.QUERY, Role.KEY, Role.VALUE, Role.OUTPUT, Role.GATE, Role.UP, Role.DOWN)) {
            Tensor weight = golden.input(role.label());
            Site site = new Site(0, role, Site.NO_EXPERT, weight.size(0), weight.size(1));
            tensors.put(ModelCase.nameOf(site) + ".weight", weight);
        }
        tensors.put(LAYER + "input_layernorm.weight", golden.input("input_norm"));
        tensors.put(LAYER + "post_attention_layernorm.weight", golden.input("post_norm"));
        tensors.put("model.embed_tokens.weight", x.reshape(states, x.size(2)));
        tensors.put("model.norm.weight", bench.scope().zeros(x.size(2)).fill(1));
        tensors.put("lm_head.weight", bench.scope().zeros(states, x.size(2)));
        return tensors;
    }

    private void walk(Transformer model) {
        BlockMethod method = (BlockMethod) bench.make(golden, Kind.QUANTIZER, DESCRIPTIVE, List.of()).method();
        int tokens = golden.input("x").size(1);
        List<int[]> sequences = new ArrayList<>();
        for (int i = 0; i < golden.input("x").size(0); i++) {
            sequences.add(IntStream.range(i * tokens, (i + 1) * tokens).toArray());
        }
        ModelWeights weights = new Walk(model, new ListeningBlockMethod(method, findings),
                new SitePatterns(List.of(), List.of()), sequences, false, bench.services(), bench.scope(), Journal.NONE)
                .run();
        weights.sites(0).forEach(site -> findings.put(
                "final_" + site.role().label(), Numbers.of(bench.dense(weights.operator(site)))));
        putNorm(weights, "final_input_norm", "attention_norm");
        putNorm(weights, "final_post_norm", "ffn_norm");
        try (Transformer quantized = model.with(weights)) {
            findings.put("output_mse", Numbers.of(meanSquare(model, quantized, sequences)));
        }
    }

    private void putNorm(ModelWeights weights, String name, String vector) {
        weights.vectorNames().stream()
                .filter(stored -> stored.endsWith(vector))
                .findFirst()
                .flatMap(weights::vector)
                .ifPresent(gain -> findings.put(name, Numbers.of(gain)));
    }

    private double meanSquare(Transformer dense, Transformer quantized, List<int[]> sequences) {
        double sum = 0;
        long elements = 0;
        for (int[] sequence : sequences) {
            Pass pass = Pass.whole(sequence);
            Tensor hidden = dense.embed(pass, bench.scope());
            Tensor expected = dense.runBlock(0, hidden, pass, bench.scope());
            Tensor difference = quantized.runBlock(0, hidden, pass, bench.scope()).subtract(expected);
            sum += difference.square().sum();
            elements += difference.elements();
        }
        return sum / elements;
    }
}
