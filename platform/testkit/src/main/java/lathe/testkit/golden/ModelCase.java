package lathe.testkit.golden;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import lathe.models.transformer.ModelWeights;
import lathe.models.transformer.Pass;
import lathe.models.transformer.Transformer;
import lathe.runtime.compress.Journal;
import lathe.runtime.compress.Walk;
import lathe.runtime.graph.SitePatterns;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.BlockMethod;
import lathe.spi.weight.WeightMethod;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.ListeningBlockMethod;
import lathe.testkit.scene.Numbers;

/** {@code prune-model}: a whole small Llama under its Hugging Face names, walked by the platform. */
final class ModelCase {
    private static final Map<Role, String> NAMES = Map.of(
            Role.QUERY, "self_attn.q_proj",
            Role.KEY, "self_attn.k_proj",
            Role.VALUE, "self_attn.v_proj",
            Role.OUTPUT, "self_attn.o_proj",
            Role.GATE, "mlp.gate_proj",
            Role.UP, "mlp.up_proj",
            Role.DOWN, "mlp.down_proj");

    private final GoldenCase golden;
    private final Workbench bench;
    private final Findings findings = new Findings();

    private ModelCase(GoldenCase golden, Workbench bench) {
        this.golden = golden;
        this.bench = bench;
    }

    static Map<String, Numbers> run(GoldenCase golden, Workbench bench) {
        ModelCase modelCase = new ModelCase(golden, bench);
        Map<String, Tensor> weights = new HashMap<>(golden.inputs());
        weights.keySet().removeIf(name -> !name.endsWith(".weight"));
        try (TemporaryModel model = TemporaryModel.of(golden.parameters().getConfig("config"), weights, bench.compute(),
                bench.scope())) {
            modelCase.walk(model.transformer());
        }
        return modelCase.findings.all();
    }

    /** The name of a linear in a Hugging Face checkpoint of a Llama. */
    static String nameOf(Site site) {
        return "model.layers." + site.block() + "." + NAMES.get(site.role());
    }

    private void walk(Transformer model) {
        WeightMethod method = (WeightMethod) bench.make(golden, golden.kind(), Set.of("config"), List.of()).method();
        if (method instanceof BlockMethod blocks) {
            method = new ListeningBlockMethod(blocks, findings);
        }
        Tensor ids = golden.input("input_ids");
        List<int[]> sequences = new ArrayList<>();
        for (int i = 0; i < ids.size(0); i++) {
            sequences.add(ids.row(i).toInts());
        }
        ModelWeights weights = new Walk(model, method, new SitePatterns(List.of(), List.of()), sequences, false,
                bench.services(), bench.scope(), Journal.NONE).run();
        for (Site site : weights.sites()) {
            if (site.block() >= 0) {
                putWeight(site, bench.dense(weights.operator(site)));
            }
        }
        try (Transformer pruned = model.with(weights)) {
            putLogits(pruned, sequences);
        }
    }

    private void putWeight(Site site, Tensor weight) {
        findings.put("weight." + nameOf(site), Numbers.of(weight));
        PrunerAdapter.putMask("mask." + nameOf(site), findings, Mask.nonZero(weight));
    }

    private void putLogits(Transformer model, List<int[]> sequences) {
        List<double[]> rows = new ArrayList<>();
        for (int[] sequence : sequences) {
            Numbers logits = Numbers.of(model.logits(Pass.whole(sequence), bench.scope()));
            int vocabulary = logits.size(1);
            for (int token = 0; token < sequence.length; token++) {
                rows.add(Arrays.copyOfRange(logits.values(), token * vocabulary, (token + 1) * vocabulary));
            }
        }
        findings.put("logits", Numbers.ragged(new int[] {sequences.size(), sequences.getFirst().length}, rows, 0));
    }
}
