package lathe.engine.attention;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

import lathe.spi.attention.AttentionPlan;
import lathe.spi.backend.AttentionCall;
import lathe.spi.kv.KvSegment;
import lathe.spi.kv.KvView;
import lathe.spi.kv.Observation;
import lathe.spi.kv.PlainSegment;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Random attention calls: all plans, segments, groups, windows. */
final class RandomCalls {
    private final Random random;
    private final Scope scope;

    RandomCalls(long seed, Scope scope) {
        this.random = new Random(seed);
        this.scope = scope;
    }

    /** A stored form that kernels cannot read in place. */
    private record Opaque(PlainSegment inner) implements KvSegment {
        @Override
        public int tokens(int kvHead) {
            return inner.tokens(kvHead);
        }

        @Override
        public int[] positions(int kvHead) {
            return inner.positions(kvHead);
        }

        @Override
        public void readKeys(int kvHead, int from, Tensor target) {
            inner.readKeys(kvHead, from, target);
        }

        @Override
        public void readValues(int kvHead, int from, Tensor target) {
            inner.readValues(kvHead, from, target);
        }
    }

    private int pick(int... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private Tensor numbers(DataType type, int... sizes) {
        int count = IntStream.of(sizes).reduce(1, (a, b) -> a * b);
        float[] values = new float[count];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return scope.of(values, sizes).to(type);
    }

    /** Heads [h, n, d], sometimes as a view of [n, h, d]. */
    private Tensor heads(int heads, int n, int width) {
        return random.nextBoolean()
                ? numbers(DataType.F32, heads, n, width)
                : numbers(DataType.F32, n, heads, width).transpose(0, 1);
    }

    AttentionCall next(int queries, int stored, int plan) {
        int kvHeads = 1 + random.nextInt(3);
        int heads = kvHeads * (1 + random.nextInt(4));
        int headDim = new int[] {8, 20, 64}[random.nextInt(3)];
        int valueDim = random.nextBoolean() ? headDim : 12;
        Optional<Integer> window = random.nextInt(4) == 0 ? Optional.of(1 + random.nextInt(stored + queries))
                : Optional.empty();
        LayerInfo layer = new LayerInfo(0, 1, heads, kvHeads, headDim, valueDim, 1 / Math.sqrt(headDim), window,
                Optional.empty());
        KvView view = view(kvHeads, headDim, valueDim, stored);
        int first = stored + random.nextInt(3);
        int[] positions = IntStream.range(first, first + queries).toArray();
        int slots = stored + queries;
        boolean causal = random.nextInt(4) != 0;
        return new AttentionCall(
                layer,
                heads(heads, queries, headDim),
                positions,
                view,
                heads(kvHeads, queries, headDim),
                heads(kvHeads, queries, valueDim),
                plan == 4 ? AttentionPlan.perHead(heads, head -> plan(random.nextInt(4), queries, slots))
                        : plan(plan, queries, slots),
                causal,
                random.nextInt(3) == 0 ? 2.5 : 0,
                observation(queries),
                heads(heads, queries, valueDim));
    }

    private Observation observation(int queries) {
        List<Integer> chosen = random.nextInt(3) > 0
                ? List.of()
                : IntStream.range(0, queries + 2).filter(row -> random.nextInt(4) == 0).boxed().toList();
        int summed = new int[] {0, Observation.ALL, 1 + random.nextInt(queries + 2)}[random.nextInt(3)];
        return new Observation(random.nextInt(2) * random.nextInt(queries + 3), chosen, summed, random.nextBoolean());
    }

    private KvView view(int kvHeads, int headDim, int valueDim, int stored) {
        List<KvSegment> segments = new ArrayList<>();
        DataType[] types = {DataType.F32, DataType.BF16, DataType.F16};
        boolean ragged = random.nextInt(3) == 0;
        boolean interleaved = random.nextInt(3) == 0;
        int parts = stored == 0 ? 0 : 1 + random.nextInt(3);
        for (int part = 0; part < parts; part++) {
            List<Tensor> keys = new ArrayList<>();
            List<Tensor> values = new ArrayList<>();
            List<int[]> positions = new ArrayList<>();
            for (int head = 0; head < kvHeads; head++) {
                int index = part;
                int share = (stored + parts - 1) / parts;
                int[] all = interleaved
                        ? IntStream.range(0, stored).filter(p -> p % parts == index).toArray()
                        : IntStream.range(part * share, Math.min(stored, (part + 1) * share)).toArray();
                int keep = ragged ? random.nextInt(all.length + 1) : all.length;
                int[] kept = Arrays.copyOf(all, keep);
                DataType type = types[random.nextInt(3)];
                keys.add(numbers(type, kept.length, headDim));
                values.add(numbers(type, kept.length, valueDim));
                positions.add(kept);
            }
            PlainSegment plain = new PlainSegment(keys, values, positions);
            segments.add(random.nextInt(3) == 0 ? new Opaque(plain) : plain);
        }
        return new KvView(segments);
    }

    private AttentionPlan plan(int kind, int queries, int slots) {
        return switch (kind) {
            case 0 -> new AttentionPlan.Dense();
            case 1 -> new AttentionPlan.SinkWindow(random.nextInt(6), 1 + random.nextInt(slots));
            case 2 -> tiles(queries, slots);
            default -> indices(queries, slots);
        };
    }

    private AttentionPlan indices(int queries, int slots) {
        int[] starts = new int[queries + 1];
        List<Integer> chosen = new ArrayList<>();
        for (int i = 0; i < queries; i++) {
            int count = random.nextInt(4) == 0 ? 0 : random.nextInt(slots + 5);
            for (int k = 0; k < count; k++) {
                chosen.add(random.nextInt(slots));
            }
            starts[i + 1] = chosen.size();
        }
        return new AttentionPlan.Indices(starts, chosen.stream().mapToInt(s -> s).toArray());
    }

    private AttentionPlan tiles(int queries, int slots) {
        int block = new int[] {1, 7, 16, 64}[random.nextInt(4)];
        int width = new int[] {1, 5, 64}[random.nextInt(3)];
        int blocks = (queries + block - 1) / block;
        int[] rangeStarts = new int[blocks + 1];
        int[] keyStarts = new int[blocks + 1];
        List<Integer> ranges = new ArrayList<>();
        List<Integer> keys = new ArrayList<>();
        for (int i = 0; i < blocks; i++) {
            for (int k = random.nextInt(5); k > 0; k--) {
                ranges.add(random.nextInt(slots + 20) - 10);
            }
            for (int k = random.nextInt(8); k > 0; k--) {
                keys.add(random.nextInt(slots));
            }
            rangeStarts[i + 1] = ranges.size();
            keyStarts[i + 1] = keys.size();
        }
        return new AttentionPlan.Tiles(block, width, rangeStarts, ranges.stream().mapToInt(s -> s).toArray(), keyStarts,
                keys.stream().mapToInt(s -> s).toArray());
    }
}
