package lathe.testkit.golden;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

import com.typesafe.config.ConfigValueFactory;

import lathe.spi.Kind;
import lathe.spi.attention.AttentionPattern;
import lathe.spi.attention.AttentionPlan;
import lathe.spi.attention.Phase;
import lathe.spi.backend.AttentionCall;
import lathe.spi.kv.KvView;
import lathe.spi.kv.Observation;
import lathe.spi.kv.PlainSegment;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Tensor;
import lathe.testkit.reference.VisibleKeys;
import lathe.testkit.scene.Findings;
import lathe.testkit.scene.GivenAttention;
import lathe.testkit.scene.Numbers;

/**
 * {@code plan-prefill}: q [h, n, d], k and v [h_kv, m, d]; the plan is executed by the platform's attention, and its mask
 * is read off it. {@code plan-decode}: one query after the other; in its cache form ({@code q_raw}) the cache policy of the
 * same name runs. {@code online-softmax-state}: ranges of keys read apart.
 */
final class AttentionAdapter implements Adapter {
    private static final Set<String> DESCRIPTIVE = Set.of("pattern", "scale", "last_rows", "prompt", "chunks",
            "rope_theta");

    @Override
    public Map<String, Numbers> run(GoldenCase golden, Workbench bench) {
        return switch (golden.operation()) {
            case "plan-prefill" -> planPrefill(golden, bench);
            case "plan-decode" -> golden.find("q_raw").isPresent()
                    ? CacheForm.run(golden, bench)
                    : planDecode(golden, bench);
            case "online-softmax-state" -> RangeStates.run(
                    golden, layer(golden.input("q").size(0), golden.input("k"), golden.input("v")), bench);
            default -> throw new UnknownOperationException(golden);
        };
    }

    private static Map<String, Numbers> planPrefill(GoldenCase golden, Workbench bench) {
        Tensor queries = golden.input("q");
        Tensor keys = golden.input("k");
        Tensor values = golden.input("v");
        int start = golden.find("query_start").map(tensor -> tensor.toInts()[0]).orElse(0);
        int[] positions = IntStream.range(start, start + queries.size(1)).toArray();
        LayerInfo layer = layer(queries.size(0), keys, values);
        Findings findings = new Findings();
        AttentionPlan plan = pattern(golden, bench).plan(new GivenAttention(
                layer, Phase.PREFILL, queries, keys, values, positions, bench.scope(), findings));
        Tensor output = bench.scope().zeros(queries.size(0), queries.size(1), values.size(2));
        attend(layer, queries, positions, keys, values, plan, output, bench);
        findings.put("output", Numbers.of(output));
        if (!(plan instanceof AttentionPlan.Computed)) {
            new PlanFigures(golden, new VisibleKeys(plan, positions, true, 0), layer, queries, keys).addTo(findings);
        }
        return findings.all();
    }

    private static Map<String, Numbers> planDecode(GoldenCase golden, Workbench bench) {
        Tensor steps = golden.input("q_steps");
        int[] at = golden.find("position").map(Tensor::toInts).orElseGet(() -> {
            int first = golden.input("t0").toInts()[0];
            return IntStream.range(first, first + steps.size(0)).toArray();
        });
        Tensor keys = golden.input("k");
        Tensor values = golden.input("v");
        LayerInfo layer = layer(steps.size(1), keys, values);
        AttentionPattern pattern = pattern(golden, bench);
        Tensor outputs = bench.scope().zeros(at.length, steps.size(1), values.size(2));
        Findings findings = new Findings();
        boolean everyHead = golden.expectation("selected").filter(all -> all.values().shape().length > 2).isPresent();
        List<double[]> selected = new ArrayList<>();
        for (int step = 0; step < at.length; step++) {
            int[] position = {at[step]};
            Tensor query = steps.row(step).copy().reshape(steps.size(1), 1, steps.size(2));
            Tensor seenKeys = keys.slice(1, 0, at[step] + 1).copy();
            Tensor seenValues = values.slice(1, 0, at[step] + 1).copy();
            AttentionPlan plan = pattern.plan(new GivenAttention(
                    layer, Phase.DECODE, query, seenKeys, seenValues, position, bench.scope(), findings));
            Tensor output = bench.scope().zeros(steps.size(1), 1, values.size(2));
            attend(layer, query, position, seenKeys, seenValues, plan, output, bench);
            outputs.row(step).assign(output.reshape(steps.size(1), values.size(2)));
            int[] slots = IntStream.range(0, at[step] + 1).toArray();
            VisibleKeys visible = new VisibleKeys(plan, position, true, 0);
            for (int head = 0; head < (everyHead ? steps.size(1) : 1); head++) {
                boolean[] seen = visible.of(head, 0, slots);
                selected.add(Arrays.stream(slots).filter(slot -> seen[slot]).asDoubleStream().toArray());
            }
        }
        stackSteps(golden, findings, at.length);
        findings.put("output", Numbers.of(outputs));
        int[] rows = everyHead ? new int[] {at.length, steps.size(1)} : new int[] {at.length};
        findings.put("selected", Numbers.ragged(rows, selected, Numbers.NO_INDEX));
        return findings.all();
    }

    /** What a pattern notes in every step, one under the other where a case has a row a step, else that of the first. */
    private static void stackSteps(GoldenCase golden, Findings findings, int steps) {
        for (String name : List.copyOf(findings.all().keySet())) {
            List<Numbers> series = findings.series(name);
            int[] wanted = golden.expectation(name).map(all -> all.values().shape()).orElse(new int[0]);
            boolean stacked = wanted.length == series.getFirst().shape().length + 1 && wanted[0] == steps;
            findings.put(name, stacked ? stacked(series, name) : series.getFirst());
        }
    }

    private static Numbers stacked(List<Numbers> series, String name) {
        List<double[]> rows = new ArrayList<>();
        int[] first = series.getFirst().shape();
        int inner = Arrays.stream(first, 0, first.length - 1).reduce(1, Math::multiplyExact);
        for (Numbers step : series) {
            int width = step.size(step.shape().length - 1);
            for (int row = 0; row < inner; row++) {
                rows.add(Arrays.copyOfRange(step.values(), row * width, (row + 1) * width));
            }
        }
        int[] outer = new int[first.length];
        outer[0] = series.size();
        System.arraycopy(first, 0, outer, 1, first.length - 1);
        return Numbers.ragged(outer, rows, name.contains("score") ? 0 : Numbers.NO_INDEX);
    }

    /** The newest keys are new, the others stored, as in a transformer. */
    private static void attend(
            LayerInfo layer, Tensor queries, int[] positions, Tensor keys, Tensor values, AttentionPlan plan,
            Tensor output, Workbench bench) {
        int stored = keys.size(1) - positions.length;
        KvView view = KvView.EMPTY;
        if (stored > 0) {
            List<Tensor> someKeys = new ArrayList<>();
            List<Tensor> someValues = new ArrayList<>();
            List<int[]> somePositions = new ArrayList<>();
            for (int head = 0; head < layer.kvHeads(); head++) {
                someKeys.add(keys.row(head).slice(0, 0, stored));
                someValues.add(values.row(head).slice(0, 0, stored));
                somePositions.add(IntStream.range(0, stored).toArray());
            }
            view = new KvView(List.of(new PlainSegment(someKeys, someValues, somePositions)));
        }
        bench.kernels().attend(new AttentionCall(
                layer,
                queries,
                positions,
                view,
                keys.slice(1, stored, keys.size(1)).copy(),
                values.slice(1, stored, keys.size(1)).copy(),
                plan,
                true,
                0,
                Observation.NONE,
                output), bench.scope());
    }

    private static AttentionPattern pattern(GoldenCase golden, Workbench bench) {
        GoldenCase given = golden.find("mask").map(mask -> withMask(golden, mask)).orElse(golden);
        Set<String> descriptive = new HashSet<>(DESCRIPTIVE);
        if (golden.expects("block_mass")) {
            descriptive.add("block");
        }
        return (AttentionPattern) bench.make(given, Kind.ATTENTION, descriptive, List.of()).method();
    }

    /** Given tiles [h, rows, columns] as a parameter: a list a head, a text of 0 and 1 a row. */
    private static GoldenCase withMask(GoldenCase golden, Tensor mask) {
        List<List<String>> heads = new ArrayList<>();
        for (int head = 0; head < mask.size(0); head++) {
            List<String> rows = new ArrayList<>();
            for (int row = 0; row < mask.size(1); row++) {
                StringBuilder text = new StringBuilder();
                for (int column = 0; column < mask.size(2); column++) {
                    text.append(mask.get(head, row, column) == 0 ? '0' : '1');
                }
                rows.add(text.toString());
            }
            heads.add(rows);
        }
        return golden.withParameter("mask", ConfigValueFactory.fromIterable(heads));
    }

    private static LayerInfo layer(int heads, Tensor keys, Tensor values) {
        return new LayerInfo(0, 1, heads, keys.size(0), keys.size(2), values.size(2), 1 / Math.sqrt(keys.size(2)),
                Optional.empty(), Optional.empty());
    }
}
