package lathe.cuda;

import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

import lathe.engine.Engine;
import lathe.spi.attention.AttentionPlan;
import lathe.spi.backend.AttentionCall;
import lathe.spi.backend.Compute;
import lathe.spi.backend.PreparedOperator;
import lathe.spi.kv.KvView;
import lathe.spi.kv.Observation;
import lathe.spi.model.LayerInfo;
import lathe.spi.operator.LinearOperator;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Times on the device beside the device's own bandwidth and the CPU's kernels. */
final class CudaSpeeds {
    private static final long COPIED = 256L << 20;
    private static final double SECONDS = 0.3;

    private final CudaCompute compute;
    private final Compute cpu;

    CudaSpeeds(CudaCompute compute, Compute cpu) {
        this.compute = compute;
        this.cpu = cpu;
    }

    /** Prints a line a kernel. */
    void print() {
        double bandwidth = bandwidth();
        System.out.printf(Locale.ROOT, "copying on the device: %.0f GB/s read and written%n", bandwidth / 1e9);
        int[][] shapes = {{4096, 4096}, {4096, 14336}, {14336, 4096}};
        for (int[] shape : shapes) {
            for (int tokens : new int[] {1, 4}) {
                try (Scope scope = Engine.shared().openScope()) {
                    weight("int4 of 128", WeightCases.group4(new Random(1), shape[0], shape[1], 128, 1, DataType.F16,
                            scope), tokens, bandwidth, scope);
                    weight("2:4 bf16", WeightCases.sparse(new Random(1), shape[0], shape[1], 4, DataType.BF16, scope),
                            tokens, bandwidth, scope);
                    weight("4:8 bf16", WeightCases.sparse(new Random(1), shape[0], shape[1], 8, DataType.BF16, scope),
                            tokens, bandwidth, scope);
                }
            }
        }
        attention(4096, true);
        attention(16384, false);
    }

    private double bandwidth() {
        long from = compute.pool().take(COPIED);
        long to = compute.pool().take(COPIED);
        double seconds = time(() -> compute.stream().copyRows(from, COPIED, to, COPIED, COPIED, 1));
        compute.pool().give(from);
        compute.pool().give(to);
        return 2 * COPIED / seconds;
    }

    /** Seconds of a call when many are queued. */
    private double time(Runnable call) {
        call.run();
        compute.synchronize();
        for (int calls = 1;; calls *= 4) {
            long start = System.nanoTime();
            for (int i = 0; i < calls; i++) {
                call.run();
            }
            compute.synchronize();
            double seconds = (System.nanoTime() - start) / 1e9;
            if (seconds > SECONDS) {
                return seconds / calls;
            }
        }
    }

    private static double timeOnCpu(Runnable call) {
        call.run();
        double best = Double.POSITIVE_INFINITY;
        for (int i = 0; i < 5; i++) {
            long start = System.nanoTime();
            call.run();
            best = Math.min(best, (System.nanoTime() - start) / 1e9);
        }
        return best;
    }

    private void weight(String name, LinearOperator weight, int tokens, double bandwidth, Scope scope) {
        Tensor host = WeightCases.random(new Random(2), scope, tokens, weight.inFeatures());
        Tensor input = compute.activations(scope, tokens, weight.inFeatures());
        Tensor output = compute.activations(scope, tokens, weight.outFeatures());
        Tensor there = scope.zeros(tokens, weight.outFeatures());
        compute.write(host, input);
        try (PreparedOperator prepared = compute.prepare(weight); PreparedOperator here = cpu.prepare(weight)) {
            double seconds = time(() -> compute.apply(prepared, input, output));
            double onCpu = timeOnCpu(() -> cpu.apply(here, host, there));
            System.out.printf(Locale.ROOT, "%-12s [%d, %d] x %d: %.1f us, %.2f of the bandwidth, %.1f times the CPU%n",
                    name, weight.outFeatures(), weight.inFeatures(), tokens, seconds * 1e6,
                    prepared.extraBytes() / seconds / bandwidth, onCpu / seconds);
        }
    }

    private void attention(int queries, boolean onCpuToo) {
        LayerInfo layer = new LayerInfo(0, 1, 8, 2, 128, 128, 1 / Math.sqrt(128), Optional.empty(), Optional.empty());
        try (Scope scope = Engine.shared().openScope()) {
            Tensor q = WeightCases.random(new Random(3), scope, 8, queries, 128);
            Tensor k = WeightCases.random(new Random(4), scope, 2, queries, 128);
            Tensor v = WeightCases.random(new Random(5), scope, 2, queries, 128);
            AttentionCall dense = call(layer, there(q, scope), there(k, scope), there(v, scope), queries,
                    new AttentionPlan.Dense(), compute.activations(scope, 8, queries, 128));
            double seconds = time(() -> compute.attention(dense));
            double products = 4.0 * 128 * compute.attention(dense).computedPairs();
            double onCpu = !onCpuToo ? 0 : timeOnCpu(() -> cpu.attention(call(layer, q, k, v, queries,
                    new AttentionPlan.Dense(), scope.zeros(8, queries, 128))));
            System.out.printf(Locale.ROOT, "attention    %d queries, causal: %.2f ms, %.2f TFLOP/s%s%n", queries,
                    seconds * 1e3, products / seconds / 1e12,
                    onCpuToo ? String.format(Locale.ROOT, ", %.1f times the CPU", onCpu / seconds) : "");
            AttentionCall sparse = call(layer, dense.queries(), dense.newKeys(), dense.newValues(), queries,
                    eighth(queries), dense.output());
            System.out.printf(Locale.ROOT,
                    "attention    %d queries, an eighth of the tiles: %.1f times the dense one%n",
                    queries, seconds / time(() -> compute.attention(sparse)));
        }
    }

    private Tensor there(Tensor host, Scope scope) {
        Tensor copy = compute.activations(scope, host.shape().toArray());
        compute.write(host, copy);
        return copy;
    }

    private static AttentionCall call(LayerInfo layer, Tensor q, Tensor k, Tensor v, int queries, AttentionPlan plan,
            Tensor output) {
        return new AttentionCall(layer, q, IntStream.range(0, queries).toArray(), KvView.EMPTY, k, v, plan, true, 0,
                Observation.NONE, output);
    }

    /** Of each block of 64 queries the own tile and an eighth of those before it. */
    private static AttentionPlan eighth(int queries) {
        int blocks = queries / 64;
        IntList starts = new IntList().add(0);
        IntList ranges = new IntList();
        for (int block = 0; block < blocks; block++) {
            for (int tile = block % 8; tile <= block; tile += 8) {
                ranges.add(64 * tile);
            }
            starts.add(ranges.size());
        }
        return AttentionPlan.Tiles.of(64, 64, starts.toArray(), ranges.toArray());
    }
}
