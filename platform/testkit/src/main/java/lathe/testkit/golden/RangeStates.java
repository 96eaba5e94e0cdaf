package lathe.testkit.golden;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

import lathe.spi.attention.AttentionPlan;
import lathe.spi.backend.AttentionCall;
import lathe.spi.backend.AttentionState;
import lathe.spi.kv.KvView;
import lathe.spi.kv.Observation;
import lathe.spi.kv.PlainSegment;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Tensor;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.Numbers;

/** {@code online-softmax-state}: ranges of keys read apart, their states, and the output of all ranges together. */
final class RangeStates {
    /** The maximum of a query that sees no key of a range, in the cases. */
    private static final double NOTHING_SEEN = -3e38;

    private RangeStates() {}

    static Map<String, Numbers> run(GoldenCase golden, LayerInfo layer, Workbench bench) {
        Tensor queries = golden.input("q");
        int[] cuts = golden.input("cuts").toInts();
        int count = queries.size(1);
        List<Tensor> maxima = new ArrayList<>();
        List<Tensor> sums = new ArrayList<>();
        List<Tensor> weighted = new ArrayList<>();
        AttentionState together = AttentionState.empty(bench.scope(), layer.heads(), count, layer.valueDim());
        Tensor output = null;
        for (int range = 0; range + 1 < cuts.length; range++) {
            AttentionState alone = AttentionState.empty(bench.scope(), layer.heads(), count, layer.valueDim());
            AttentionCall call = call(golden, layer, cuts[range], cuts[range + 1], bench);
            bench.compute().attention(call, alone);
            maxima.add(alone.maximum());
            sums.add(alone.sum());
            weighted.add(alone.weighted());
            bench.compute().attention(call, together);
            output = call.output();
        }
        Findings findings = new Findings();
        Numbers largest = stacked(maxima);
        findings.put("m", new Numbers(largest.shape(),
                Arrays.stream(largest.values()).map(value -> Math.max(value, NOTHING_SEEN)).toArray(), 0));
        findings.put("l", stacked(sums));
        findings.put("acc", stacked(weighted));
        if (output != null) {
            findings.put("output", Numbers.of(output));
        }
        return findings.all();
    }

    private static AttentionCall call(GoldenCase golden, LayerInfo layer, int from, int to, Workbench bench) {
        Tensor queries = golden.input("q");
        Tensor keys = golden.input("k");
        Tensor values = golden.input("v");
        List<Tensor> someKeys = new ArrayList<>();
        List<Tensor> someValues = new ArrayList<>();
        List<int[]> positions = new ArrayList<>();
        for (int head = 0; head < layer.kvHeads(); head++) {
            someKeys.add(keys.row(head).slice(0, from, to));
            someValues.add(values.row(head).slice(0, from, to));
            positions.add(IntStream.range(from, to).toArray());
        }
        int first = keys.size(1) - queries.size(1);
        return new AttentionCall(
                layer,
                queries,
                IntStream.range(first, keys.size(1)).toArray(),
                new KvView(List.of(new PlainSegment(someKeys, someValues, positions))),
                keys.slice(1, 0, 0),
                values.slice(1, 0, 0),
                new AttentionPlan.Dense(),
                true,
                0,
                Observation.NONE,
                bench.scope().zeros(queries.size(0), queries.size(1), values.size(2)));
    }

    private static Numbers stacked(List<Tensor> ranges) {
        int[] inner = ranges.getFirst().shape().toArray();
        int[] shape = new int[inner.length + 1];
        shape[0] = ranges.size();
        System.arraycopy(inner, 0, shape, 1, inner.length);
        double[] all = ranges.stream().flatMapToDouble(tensor -> Arrays.stream(Numbers.of(tensor).values())).toArray();
        return new Numbers(shape, all, 0);
    }
}
