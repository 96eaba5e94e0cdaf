package lathe.cuda;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

import lathe.spi.attention.AttentionPlan;
import lathe.spi.backend.AttentionCall;
import lathe.spi.backend.AttentionResult;
import lathe.spi.backend.Compute;
import lathe.spi.kv.KvSegment;
import lathe.spi.kv.KvView;
import lathe.spi.kv.Observation;
import lathe.spi.kv.PlainSegment;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Attention of random layers over every sort of plan. */
final class AttentionCases {
    private static final String[] PLANS = {"dense", "sinks and window", "tiles", "lists", "one a head"};
    /** Queries and stored tokens. */
    private static final int[][] SIZES = {{1, 0}, {1, 9}, {1, 700}, {5, 0}, {3, 140}, {36, 0}, {20, 33}};
    private static final int[][] LARGE = {{70, 0}, {150, 33}, {40, 1700}, {400, 0}};

    private AttentionCases() {}

    /**
     * Plans by sizes, each with a random layer.
     *
     * @param rounds how many layers of each; with more than one there are large ones too
     */
    static List<KernelCase> all(int rounds) {
        List<KernelCase> cases = new ArrayList<>();
        List<int[]> sizes = new ArrayList<>(List.of(SIZES));
        sizes.addAll(rounds > 1 ? List.of(LARGE) : List.of());
        for (int round = 0; round < rounds; round++) {
            for (int plan = 0; plan < PLANS.length; plan++) {
                for (int[] size : sizes) {
                    long seed = 7000L * round + 100 * plan + size[0] + 3 * size[1];
                    int kind = plan;
                    AttentionCases.Layer layer = Layer.random(new Random(seed));
                    cases.add(new KernelCase("attention over " + PLANS[plan] + ", " + size[0] + " queries, " + size[1]
                            + " stored, " + layer,
                            (device, cpu, scope) -> new Trial(seed, layer, scope)
                                    .run(size[0], size[1], kind, device, cpu)));
                }
            }
        }
        return cases;
    }

    /** A layer and how it is called. */
    record Layer(LayerInfo info, boolean causal, double softcap, boolean twoSegments) {
        static Layer random(Random random) {
            int kvHeads = 1 + random.nextInt(3);
            int headDim = new int[] {8, 20, 64, 80, 128, 136}[random.nextInt(6)];
            int valueDim = random.nextInt(4) == 0 ? 24 : headDim;
            Optional<Integer> window = random.nextInt(3) == 0 ? Optional.of(1 + random.nextInt(60)) : Optional.empty();
            LayerInfo info = new LayerInfo(0, 1, kvHeads * (1 + random.nextInt(4)), kvHeads, headDim, valueDim,
                    1 / Math.sqrt(headDim), window, Optional.empty());
            return new Layer(info, random.nextInt(4) > 0, random.nextInt(4) == 0 ? 3 : 0, random.nextBoolean());
        }

        @Override
        public String toString() {
            return info.heads() + " heads of " + info.kvHeads() + " by " + info.headDim() + " and " + info.valueDim()
                    + info.slidingWindow().map(width -> ", window " + width).orElse("")
                    + (causal ? "" : ", not causal") + (softcap > 0 ? ", capped" : "");
        }
    }

    /** Random plans. */
    private record Plans(Random random, int queries, int slots) {
        AttentionPlan plan(int kind, int heads) {
            return switch (kind) {
                case 0 -> new AttentionPlan.Dense();
                case 1 -> new AttentionPlan.SinkWindow(random.nextInt(5), 1 + random.nextInt(50));
                case 2 -> tiles();
                case 3 -> lists();
                default -> AttentionPlan.perHead(heads, head -> plan(random.nextInt(4), heads));
            };
        }

        private AttentionPlan tiles() {
            int block = new int[] {1, 16, 64, 100}[random.nextInt(4)];
            int width = new int[] {1, 16, 64, 200}[random.nextInt(4)];
            int blocks = (queries + block - 1) / block;
            int[] rangeStarts = new int[blocks + 1];
            int[] keyStarts = new int[blocks + 1];
            for (int i = 0; i < blocks; i++) {
                rangeStarts[i + 1] = rangeStarts[i] + random.nextInt(4);
                keyStarts[i + 1] = keyStarts[i] + random.nextInt(40);
            }
            return new AttentionPlan.Tiles(block, width, rangeStarts,
                    random.ints(rangeStarts[blocks], -10, slots + 10).toArray(), keyStarts,
                    random.ints(keyStarts[blocks], -3, slots + 3).toArray());
        }

        private AttentionPlan lists() {
            int[] starts = new int[queries + 1];
            for (int i = 0; i < queries; i++) {
                starts[i + 1] = starts[i] + random.nextInt(90);
            }
            return new AttentionPlan.Indices(starts, random.ints(starts[queries], 0, slots).toArray());
        }
    }

    /** One call, built twice: of tensors on the host, and of tensors on the device with stored keys on either. */
    private static final class Trial {
        private final Random random;
        private final Layer layer;
        private final Scope scope;

        Trial(long seed, Layer layer, Scope scope) {
            this.random = new Random(seed);
            this.layer = layer;
            this.scope = scope;
        }

        KernelCase.Outcome run(int queries, int stored, int kind, Compute device, Compute cpu) {
            LayerInfo info = layer.info();
            KvView view = view(stored);
            int[] positions = positions(stored, queries);
            AttentionPlan plan = new Plans(random, queries, stored + queries).plan(kind, info.heads());
            Tensor q = WeightCases.random(random, scope, info.heads(), queries, info.headDim());
            Tensor k = WeightCases.random(random, scope, info.kvHeads(), queries, info.headDim());
            Tensor v = WeightCases.random(random, scope, info.kvHeads(), queries, info.valueDim());
            Tensor expected = scope.zeros(info.heads(), queries, info.valueDim());
            AttentionResult counted = cpu.attention(
                    new AttentionCall(info, q, positions, view, k, v, plan, layer.causal(),
                            layer.softcap(), Observation.NONE, expected));
            // As models lay them out: heads beside each other in a row of a token.
            Tensor output = device.activations(scope, queries, info.heads() * info.valueDim())
                    .reshape(queries, info.heads(), info.valueDim()).transpose(0, 1);
            AttentionResult result = device.attention(new AttentionCall(info, there(device, q), positions,
                    random.nextBoolean() ? view : there(device, view), there(device, k), there(device, v), plan,
                    layer.causal(), layer.softcap(), Observation.NONE, output));
            if (result.computedPairs() != counted.computedPairs()) {
                throw new AssertionError("The device counted " + result.computedPairs() + " pairs, the CPU "
                        + counted.computedPairs() + ".");
            }
            return new KernelCase.Outcome(device.read(output, scope).toFloats(), expected.toFloats());
        }

        private Tensor there(Compute device, Tensor host) {
            int[] sizes = host.shape().toArray();
            Tensor copy = device.activations(scope, sizes[1], sizes[0] * sizes[2])
                    .reshape(sizes[1], sizes[0], sizes[2]).transpose(0, 1);
            device.write(host, copy);
            return copy;
        }

        private KvView there(Compute device, KvView view) {
            return new KvView(view.segments().stream().<KvSegment>map(segment -> {
                PlainSegment plain = (PlainSegment) segment;
                return new PlainSegment(moved(device, plain.keys()), moved(device, plain.values()), plain.positions());
            }).toList());
        }

        private List<Tensor> moved(Compute device, List<Tensor> matrices) {
            return matrices.stream().map(matrix -> {
                Tensor copy = device.activations(scope, matrix.shape().toArray());
                device.write(matrix, copy);
                return copy;
            }).toList();
        }

        private KvView view(int stored) {
            if (stored == 0) {
                return KvView.EMPTY;
            }
            // Two segments that do not follow each other: important tokens of everywhere, then the last ones.
            int first = layer.twoSegments() ? stored / 3 : stored;
            int[] all = IntStream.range(0, stored).toArray();
            int[] important = Arrays.stream(all).filter(i -> i % 2 == 1).limit(first).toArray();
            if (!layer.twoSegments()) {
                return new KvView(List.of(segment(all)));
            }
            int[] others = Arrays.stream(all).filter(i -> Arrays.binarySearch(important, i) < 0).toArray();
            return new KvView(List.of(segment(important), segment(others)));
        }

        private PlainSegment segment(int[] positions) {
            LayerInfo info = layer.info();
            List<Tensor> keys = new ArrayList<>();
            List<Tensor> values = new ArrayList<>();
            List<int[]> all = new ArrayList<>();
            for (int head = 0; head < info.kvHeads(); head++) {
                keys.add(WeightCases.random(random, scope, positions.length, info.headDim()));
                values.add(WeightCases.random(random, scope, positions.length, info.valueDim()));
                all.add(positions);
            }
            return new PlainSegment(keys, values, all);
        }

        private static int[] positions(int stored, int queries) {
            return IntStream.range(stored, stored + queries).toArray();
        }
    }
}
