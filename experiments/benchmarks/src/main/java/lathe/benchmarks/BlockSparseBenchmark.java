package lathe.benchmarks;

import java.util.concurrent.TimeUnit;

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
import lathe.spi.backend.Compute;
import lathe.spi.backend.PreparedOperator;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Tensor;

/** 512 tokens times a block-sparse weight of 2048 by 2048; at sparsity 0 the dense product. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class BlockSparseBenchmark {
    private static final int SIZE = 2048;
    private static final int TOKENS = 512;

    /** Fraction of blocks that are missing. */
    @Param({"0", "0.5", "0.8", "0.9", "0.95"})
    public double sparsity;

    /** Rows and columns of a block. */
    @Param({"1x16", "16x16"})
    public String block;

    private lathe.spi.tensor.Scope scope;
    private Compute compute;
    private PreparedOperator weight;
    private Tensor input;
    private Tensor output;

    /** Makes the weight. */
    @Setup
    public void open() {
        scope = Engine.shared().openScope();
        compute = new CpuBackend().open(Engine.shared().parallel());
        Weights random = new Weights(scope);
        String[] sizes = block.split("x");
        weight = compute.prepare(
                sparsity == 0
                        ? random.of("f32", SIZE, SIZE)
                        : random.blocks(SIZE, Integer.parseInt(sizes[0]), Integer.parseInt(sizes[1]), sparsity));
        input = random.numbers(DataType.F32, TOKENS, SIZE);
        output = scope.zeros(TOKENS, SIZE);
    }

    /** Frees it. */
    @TearDown
    public void close() {
        scope.close();
    }

    /** One product. */
    @Benchmark
    public void multiply() {
        compute.apply(weight, input, output);
    }
}
