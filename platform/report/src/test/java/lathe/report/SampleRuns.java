package lathe.report;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Runs that look like real ones. Their numbers are invented.
 */
final class SampleRuns {
    private static final long SEED = 17;

    private SampleRuns() {}

    private record Variant(String name, String verb, String method, Map<String, Object> config, double perplexity,
            double kl, double bytes, double bits, double decode, double prefill) {}

    /**
     * @return the quickstart: dense, pruned, quantised, both, and served variants of a tiny model
     */
    static RunReport quickstart() {
        List<Variant> variants = variants();
        List<NodeRow> nodes = new ArrayList<>();
        List<ResultRow> results = new ArrayList<>();
        List<String> names = variants.stream().map(Variant::name).toList();
        for (Variant variant : variants) {
            nodes.add(node(variant, nodes.size()));
        }
        nodes.add(new NodeRow("quality", "evaluate", "", NodeStatus.DONE, 31.7, address(40), null,
                "quickstart.conf:24", names, Map.of(), config("on", "sherlock", "window", 512, "windows", 40,
                        "metrics", List.of("perplexity", "kl"))));
        nodes.add(new NodeRow("speed", "benchmark", "", NodeStatus.DONE, 22.4, address(41), null,
                "quickstart.conf:25", names, Map.of(), config("prompt", 512, "generate", 64, "repeats", 5)));
        for (Variant variant : variants) {
            results.add(row("quality", variant, "perplexity", "windowed-512", variant.perplexity(), "", 0));
            results.add(row("quality", variant, "kl", "windowed-512", variant.kl(), "nats", 0));
            results.add(row("quality", variant, "bytes", "", variant.bytes(), "bytes", 0));
            results.add(row("quality", variant, "bits-per-weight", "", variant.bits(), "bits", 0));
            results.add(row("speed", variant, "decode", "", variant.decode(), "tokens/s", 0.03));
            results.add(row("speed", variant, "prefill", "", variant.prefill(), "tokens/s", 0.02));
        }
        List<PlotRequest> plots = List.of(PlotRequest.of(PlotKind.PARETO, "bytes", "perplexity"));
        return new RunReport(summary("quickstart"), nodes, results, plots, List.of(sparsityMap()), List.of());
    }

    private static List<Variant> variants() {
        return List.of(
                new Variant("dense", "load", "", config("model", "experiments/models/lathe-tiny"), 53.907, 0, 11540992,
                        16, 702, 9120),
                new Variant("wanda-50", "prune", "wanda", config("of", "dense", "sparsity", 0.5, "pattern", "row"),
                        61.42, 0.1204, 7210112, 9.81, 811, 8410),
                new Variant("wanda-2-4", "prune", "wanda", config("of", "dense", "sparsity", 0.5, "pattern", "2:4"),
                        69.85, 0.2311, 6830080, 9.28, 1040, 8960),
                new Variant("rtn-4", "quantize", "rtn", config("of", "dense", "bits", 4, "group", 64), 55.31, 0.0207,
                        4106240, 4.5, 1490, 7050),
                new Variant("rtn-3", "quantize", "rtn", config("of", "dense", "bits", 3, "group", 64), 63.07, 0.1522,
                        3384320, 3.5, 1380, 6480),
                new Variant("wanda-rtn", "quantize", "rtn", config("of", "wanda-2-4", "bits", 4, "group", 64), 72.6,
                        0.2608, 3120128, 3.12, 1610, 7230),
                new Variant("streaming", "serve", "streaming-llm",
                        config("of", "dense", "attention", config("use", "streaming-llm", "sinks", 4, "window", 256)),
                        54.76, 0.0138, 11540992, 16, 745, 9480),
                new Variant("h2o", "serve", "h2o",
                        config("of", "dense", "cache", config("use", "h2o", "heavy", 0.1, "recent", 0.1)), 56.02,
                        0.0389, 11540992, 16, 731, 8890));
    }

    private static NodeRow node(Variant variant, int index) {
        double[] seconds = {0.42, 6.31, 6.18, 1.27, 1.19, 1.33, 0.02, 0.02};
        List<String> inputs = variant.config().containsKey("of") ? List.of((String) variant.config().get("of"))
                : List.of();
        return new NodeRow(variant.name(), variant.verb(), variant.method(),
                index == 0 ? NodeStatus.CACHED : NodeStatus.DONE, seconds[index], address(index), null,
                "quickstart.conf:" + (8 + index), inputs, Map.of(), variant.config());
    }

    private static ResultRow row(String node, Variant variant, String metric, String protocol, double value,
            String unit, double relative) {
        Double low = relative == 0 ? null : value * (1 - relative);
        Double high = relative == 0 ? null : value * (1 + relative);
        return new ResultRow(node, variant.name(), metric, protocol, value, unit, low, high, Map.of(), SEED);
    }

    /**
     * @return the quickstart with notes of the first pruner: losses a weight, and a number a head where one block has none
     */
    static RunReport noted() {
        RunReport plain = quickstart();
        List<Double> many = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            many.add(i / 19.0);
        }
        List<HeatMap> notes = List.of(
                new HeatMap("wanda: loss", "wanda-50", "", "block", "weight", List.of("q", "<b>k</b>"),
                        List.of(List.of(0.0, 12.5), List.of(25.0, Double.NaN))),
                new HeatMap("wanda: share", "wanda-50", "", "block", "head", List.of(many)));
        List<NodeRow> nodes = new ArrayList<>(plain.nodes());
        nodes.set(1, nodes.get(1).with(notes));
        return new RunReport(plain.run(), nodes, plain.results(), plain.plots(), plain.heatMaps(), plain.warnings());
    }

    private static HeatMap sparsityMap() {
        Random random = new Random(SEED);
        List<List<Double>> rows = new ArrayList<>();
        for (int layer = 0; layer < 6; layer++) {
            List<Double> heads = new ArrayList<>();
            for (int head = 0; head < 8; head++) {
                heads.add(0.3 + 0.06 * layer + 0.2 * random.nextDouble());
            }
            rows.add(heads);
        }
        return new HeatMap("Sparsity by layer and head", "wanda-50", "", "layer", "head", rows);
    }

    /**
     * @param name the experiment's name
     * @return a summary with facts and a lineage
     */
    static RunSummary summary(String name) {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("model", "lathe-tiny, 5.77 M parameters, bf16");
        facts.put("data", "sherlock, 40 windows of 512");
        facts.put("machine", "AMD EPYC 7R13, 2 threads, AVX2");
        facts.put("seed", "17");
        Map<String, Object> lineage = config("lathe", "0.1.0", "engine numerics", 1, "experiment",
                "experiments/quickstart.conf", "seed", SEED, "jdk", "25.0.3+9 (Eclipse Temurin)", "os",
                "Linux 6.1 amd64", "cpu", config("model", "AMD EPYC 7R13", "threads", 2, "features", "avx2 fma bmi2"),
                "openblas", "0.3.30, Zen, 1 thread", "same digits", "bit-equal for this CPU class and BLAS core",
                "bundles", List.of(bundle("lathe-wanda", "8d21c0e5f7"), bundle("lathe-rtn", "41b7a9920c"),
                        bundle("lathe-streaming-llm", "c3e6d5512b"), bundle("lathe-h2o", "0f97be1a64")),
                "inputs", List.of(
                        config("file", "lathe-tiny/model.safetensors", "bytes", 11542880, "sha256", "9c51b2d0aa41"),
                        config("file", "sherlock.txt", "bytes", 581863, "sha256", "77ab03fe1290"),
                        config("file", "pride-and-prejudice.txt", "bytes", 748126, "sha256", "e02cd9b6510f")));
        return new RunSummary(name, "Eight ways to make a tiny Llama smaller or faster, side by side.",
                Instant.parse("2026-11-21T11:41:49Z"), 71.3, facts, lineage);
    }

    private static Map<String, Object> bundle(String name, String digest) {
        return config("bundle", name, "version", "0.1.0", "state", "active", "sha256", digest);
    }

    /**
     * @return a sweep of sparsity by bits with three seeds; perplexity and bytes
     */
    static RunReport sweep() {
        List<ResultRow> results = new ArrayList<>();
        List<NodeRow> nodes = new ArrayList<>();
        nodes.add(NodeRow.of("dense", "load", "", NodeStatus.CACHED, 0.4, address(1), Map.of()));
        for (double sparsity : new double[] {0.3, 0.5, 0.7}) {
            for (int bits : new int[] {2, 3, 4, 8}) {
                Map<String, Object> point = config("graph.pruned.sparsity", sparsity, "graph.packed.bits", bits);
                nodes.add(new NodeRow("packed", "quantize", "rtn", NodeStatus.DONE, 1.1 + sparsity,
                        address(nodes.size()), null, null, List.of("pruned"), point, config("bits", bits)));
                for (long seed = 1; seed <= 3; seed++) {
                    double noise = 1 + 0.03 * (seed - 2) * sparsity;
                    double loss = 20 * Math.pow(sparsity, 4) + 90 * Math.pow(2, -1.6 * bits);
                    results.add(new ResultRow("quality", "dense", "perplexity", "windowed-512", 53.9, "", null, null,
                            point, seed));
                    results.add(new ResultRow("quality", "dense", "bytes", "", 11540992, "bytes", null, null, point,
                            seed));
                    results.add(new ResultRow("quality", "packed", "perplexity", "windowed-512",
                            53.9 + loss * noise, "", null, null, point, seed));
                    results.add(new ResultRow("quality", "packed", "bytes", "",
                            11540992 * (1 - sparsity * 0.8) * (bits + 0.5) / 16, "bytes", null, null, point, seed));
                }
            }
        }
        nodes.add(NodeRow.of("quality", "evaluate", "", NodeStatus.DONE, 12, address(99), Map.of()));
        return new RunReport(summary("sparsity-by-bits"), nodes, results, List.of(), List.of(), List.of());
    }

    /**
     * @return a run in which one node failed, one was skipped and one metric is missing or not a number
     */
    static RunReport failed() {
        List<NodeRow> nodes = List.of(
                NodeRow.of("dense", "load", "", NodeStatus.DONE, 0.4, address(1), config("model", "lathe-tiny")),
                new NodeRow("pruned", "prune", "wanda", NodeStatus.FAILED, 3.2, "",
                        "The statistics of model.layers.2.mlp.down_proj hold a NaN; calibrate on text that the model "
                                + "can read.",
                        "broken.conf:7", List.of("dense"), Map.of(), config("of", "dense", "sparsity", 0.5)),
                new NodeRow("packed", "quantize", "rtn", NodeStatus.SKIPPED, 0, "",
                        "It needs the node pruned, which failed.", "broken.conf:8", List.of("pruned"), Map.of(),
                        config("of", "pruned", "bits", 4)),
                NodeRow.of("exploded", "quantize", "rtn", NodeStatus.DONE, 1.2, address(4), config("bits", 1)),
                NodeRow.of("quality", "evaluate", "", NodeStatus.DONE, 9.9, address(5), Map.of()));
        List<ResultRow> results = List.of(
                ResultRow.of("quality", "dense", "perplexity", "windowed-512", 53.907, "", SEED),
                ResultRow.of("quality", "dense", "bytes", "", 11540992, "bytes", SEED),
                ResultRow.of("quality", "exploded", "perplexity", "windowed-512", Double.NaN, "", SEED),
                ResultRow.of("quality", "exploded", "loss", "", Double.POSITIVE_INFINITY, "nats", SEED));
        return new RunReport(summary("broken"), nodes, results,
                List.of(PlotRequest.of(PlotKind.PARETO, "bytes", "perplexity")), List.of(),
                List.of("OPENBLAS_CORETYPE=Haswell was overridden: this CPU has a faster kernel."));
    }

    /**
     * @param keysAndValues keys and values in turn
     * @return an ordered map of them
     */
    static Map<String, Object> config(Object... keysAndValues) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return map;
    }

    private static String address(int index) {
        return String.format("%016x%016x", 0x9e3779b97f4a7c15L * (index + 1), 0xc2b2ae3d27d4eb4fL * (index + 3));
    }
}
