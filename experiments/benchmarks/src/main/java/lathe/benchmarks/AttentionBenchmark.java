package lathe.benchmarks;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

import lathe.engine.Engine;
import lathe.engine.kernels.CpuBackend;
import lathe.spi.attention.AttentionPlan;
import lathe.spi.backend.AttentionCall;
import lathe.spi.backend.AttentionResult;
import lathe.spi.backend.Compute;
import lathe.spi.kv.KvView;
import lathe.spi.kv.Observation;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Tensor;

/** Causal attention of a prompt: 8 heads of 64 over 2 key/value heads. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class AttentionBenchmark {
    private static final int HEADS = 8;
    private static final int KV_HEADS = 2;
    private static final int WIDTH = 64;
    private static final int BLOCK = 64;

    /** Tokens. */
    @Param({"1024", "4096", "16384"})
    public int tokens;

    /** One of how many of the causal tiles is read; 1 reads all. */
    @Param({"1", "8"})
    public int oneOf;

    private lathe.spi.tensor.Scope scope;
    private Compute compute;
    private AttentionCall call;

    /** Makes the call. */
    @Setup
    public void open() {
        scope = Engine.shared().openScope();
        compute = new CpuBackend().open(Engine.shared().parallel());
        Weights random = new Weights(scope);
        LayerInfo layer = new LayerInfo(0, 1, HEADS, KV_HEADS, WIDTH, WIDTH, 1 / Math.sqrt(WIDTH), Optional.empty(),
                Optional.empty());
        Tensor keys = random.numbers(DataType.F32, KV_HEADS, tokens, WIDTH);
        call = new AttentionCall(layer, random.numbers(DataType.F32, HEADS, tokens, WIDTH),
                IntStream.range(0, tokens).toArray(), KvView.EMPTY, keys, keys,
                oneOf == 1 ? new AttentionPlan.Dense() : everyNth(), true, 0, Observation.NONE,
                scope.zeros(HEADS, tokens, WIDTH));
    }

    /** The diagonal tile and every nth before it. */
    private AttentionPlan everyNth() {
        int blocks = tokens / BLOCK;
        int[] starts = new int[blocks + 1];
        IntStream.Builder ranges = IntStream.builder();
        for (int block = 0; block < blocks; block++) {
            for (int key = block; key >= 0; key -= oneOf) {
                ranges.add(key * BLOCK);
                starts[block + 1]++;
            }
            starts[block + 1] += starts[block];
        }
        return AttentionPlan.Tiles.of(BLOCK, BLOCK, starts, ranges.build().toArray());
    }

    /** Frees it. */
    @TearDown
    public void close() {
        scope.close();
    }

    /**
     * One layer.
     *
     * @return the counts
     */
    @Benchmark
    public AttentionResult attend() {
        return compute.attention(call);
    }
}
