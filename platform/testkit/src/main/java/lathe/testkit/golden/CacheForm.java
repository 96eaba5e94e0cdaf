package lathe.testkit.golden;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

import lathe.spi.Kind;
import lathe.spi.attention.Phase;
import lathe.spi.kv.KvPolicy;
import lathe.spi.kv.KvStore;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Tensor;
import lathe.testkit.scene.CacheRun;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.Numbers;
import lathe.testkit.scene.RunContext;

/** {@code plan-decode} of a cache: a prompt, then chunks of tokens before rotation; what each query saw and from where. */
final class CacheForm {
    private CacheForm() {}

    static Map<String, Numbers> run(GoldenCase golden, Workbench bench) {
        Tensor queries = golden.input("q_raw");
        Tensor keys = golden.input("k_raw");
        Tensor values = golden.input("v");
        LayerInfo layer = LayerOf.prompt(golden, new CacheRun.Prompt(queries, queries, keys, values, true));
        KvPolicy policy = (KvPolicy) bench.make(
                golden, Kind.KV_POLICY, Set.of("prompt", "chunks", "rope_theta"), List.of()).method();
        KvStore store = policy.open(layer,
                new RunContext(bench.scope(), bench.services().random().stream("cache", 0), new Findings()));
        int at = golden.whole("prompt").orElseThrow();
        List<double[]> selected = new ArrayList<>();
        List<Integer> querySlots = new ArrayList<>();
        int rows = queries.size(1) - at;
        Tensor output = bench.scope().zeros(rows, queries.size(0), values.size(2));
        try (CacheRun run = new CacheRun(bench.kernels(), bench.scope(), layer, store)) {
            run.prompt(new CacheRun.Prompt(slice(queries, 0, at), slice(queries, 0, at), slice(keys, 0, at),
                    slice(values, 0, at), true));
            for (int chunk : golden.parameters().getIntList("chunks")) {
                store.prepare(IntStream.range(at, at + chunk).toArray());
                double[] before = run.kept().getFirst();
                Tensor some = run.pass(Phase.DECODE, slice(queries, at, chunk), slice(queries, at, chunk),
                        slice(keys, at, chunk), slice(values, at, chunk), true);
                for (int row = 0; row < chunk; row++) {
                    int first = at;
                    selected.add(IntStream.range(0, before.length + row + 1)
                            .mapToDouble(slot -> slot < before.length ? before[slot] : first + slot - before.length)
                            .toArray());
                    querySlots.add(before.length + row);
                    output.row(selected.size() - 1).assign(
                            some.transpose(0, 1).row(row).copy());
                }
                at += chunk;
            }
            return Map.of(
                    "selected", Numbers.ragged(new int[] {rows}, selected, Numbers.NO_INDEX),
                    "query_slot", Numbers.of(querySlots.stream().mapToInt(Integer::intValue).toArray()),
                    "final_cache", new Numbers(new int[] {run.kept().getFirst().length}, run.kept().getFirst(), -1),
                    "output", Numbers.of(output));
        }
    }

    private static Tensor slice(Tensor heads, int from, int count) {
        return heads.slice(1, from, from + count).copy();
    }
}
