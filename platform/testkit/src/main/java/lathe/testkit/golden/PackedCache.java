package lathe.testkit.golden;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import com.typesafe.config.ConfigValueFactory;

import lathe.spi.tensor.Tensor;
import lathe.testkit.scene.CacheRun;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.Numbers;

/**
 * {@code quantise-cache}: a prompt that is packed whole, with codes, scales and minima as the store notes them and keys and
 * values as the attention reads them.
 */
final class PackedCache {
    private static final int WORD_BITS = 32;

    private PackedCache() {}

    static Map<String, Numbers> quantize(GoldenCase golden, Workbench bench) {
        GoldenCase whole = golden.parameters().hasPath("residual")
                ? golden
                : golden.withParameter("residual", ConfigValueFactory.fromAnyRef(0));
        Findings findings = new Findings();
        CacheRun.Prompt prompt = KvAdapter.prompt(whole, bench);
        try (KvAdapter.Run run = KvAdapter.open(whole, bench, LayerOf.prompt(whole, prompt), findings)) {
            run.cache().prompt(prompt);
            Tensor keys = run.cache().storedKeys();
            Tensor values = run.cache().storedValues();
            findings.put("k_dequantised", Numbers.of(keys));
            findings.put("v_dequantised", Numbers.of(values));
            if (golden.expects("errors")) {
                findings.put("errors", errors(whole, bench, prompt, keys, values));
            }
        }
        if (golden.expects("k_packed") || golden.expects("bytes")) {
            addLayout(golden, findings);
        }
        return findings.all();
    }

    /** Relative errors of keys, of values, and of keys as they would be were they packed like values. */
    private static Numbers errors(
            GoldenCase golden, Workbench bench, CacheRun.Prompt prompt, Tensor keys, Tensor values) {
        CacheRun.Prompt swapped = new CacheRun.Prompt(
                prompt.queries(), prompt.plain(), prompt.keys(), prompt.keys(), prompt.raw());
        try (KvAdapter.Run run = KvAdapter.open(golden, bench, LayerOf.prompt(golden, swapped), new Findings())) {
            run.cache().prompt(swapped);
            double[] errors = {
                relative(prompt.keys(), keys),
                relative(prompt.values(), values),
                relative(prompt.keys(), run.cache().storedValues())
            };
            return new Numbers(new int[] {errors.length}, errors, 0);
        }
    }

    private static double relative(Tensor exact, Tensor packed) {
        return Math.sqrt(packed.subtract(exact).square().sum() / exact.square().sum());
    }

    /** The layout of KIVI's kernels: keys packed along tokens, values along channels, low bits first. */
    private static void addLayout(GoldenCase golden, Findings findings) {
        Numbers keyCodes = findings.all().get("k_codes");
        Numbers valueCodes = findings.all().get("v_codes");
        int keyBits = golden.whole("k_bits").orElseThrow();
        int valueBits = golden.whole("v_bits").orElseThrow();
        findings.put("k_packed", packed(keyCodes, keyBits, true));
        findings.put("v_packed", packed(valueCodes, valueBits, false));
        int grids = findings.all().get("k_scale").values().length + findings.all().get("v_scale").values().length;
        int codes = (keyCodes.values().length * keyBits + valueCodes.values().length * valueBits) / Byte.SIZE;
        // Scale and minimum of a group are counted with two bytes each.
        findings.put("bytes", Numbers.of(codes, grids * 2 * Short.BYTES, 0));
    }

    private static Numbers packed(Numbers codes, int bits, boolean alongTokens) {
        int aWord = WORD_BITS / bits;
        int tokens = codes.size(1);
        int channels = codes.size(2);
        int rows = alongTokens ? tokens / aWord : tokens;
        int columns = alongTokens ? channels : channels / aWord;
        int[] words = new int[codes.size(0) * rows * columns];
        for (int i = 0; i < codes.values().length; i++) {
            int head = i / (tokens * channels);
            int token = i / channels % tokens;
            int channel = i % channels;
            int row = alongTokens ? token / aWord : token;
            int column = alongTokens ? channel : channel / aWord;
            int place = alongTokens ? token % aWord : channel % aWord;
            words[(head * rows + row) * columns + column] |= (int) codes.values()[i] << place * bits;
        }
        double[] values = java.util.Arrays.stream(words).asDoubleStream().toArray();
        return new Numbers(new int[] {codes.size(0), rows, columns}, values, 0);
    }

    /** What a store notes after every pass, as cases of a run call it. */
    static void addHistory(Findings findings) {
        List<double[]> states = new ArrayList<>();
        findings.series("state").forEach(state -> states.add(state.values()));
        if (!states.isEmpty()) {
            findings.put("state", Numbers.ragged(new int[] {states.size()}, states, 0));
        }
        for (String name : List.of("k_codes", "v_codes")) {
            if (findings.all().containsKey(name)) {
                findings.put(name + "_final", findings.all().get(name));
            }
        }
    }
}
