package lathe.benchmarks;

import java.util.ArrayList;
import java.util.List;
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
import lathe.spi.operator.LinearOperator;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Tensor;

/** One token times a weight of 4096 by 4096, over so many weights that none stays in a cache. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class OneTokenBenchmark {
    /** Rows and columns. */
    static final int SIZE = 4096;
    private static final long TOTAL_BYTES = 256L << 20;

    /** Stored form. */
    @Param({"f32", "bf16", "f16", "int8", "int4", "int3", "int2", "2:4", "bitmask", "bitmask-int4"})
    public String form;

    private final List<PreparedOperator> weights = new ArrayList<>();
    private lathe.spi.tensor.Scope scope;
    private Compute compute;
    private Tensor input;
    private Tensor output;
    private int next;

    /** Makes the weights. */
    @Setup
    public void open() {
        scope = Engine.shared().openScope();
        compute = new CpuBackend().open(Engine.shared().parallel());
        Weights random = new Weights(scope);
        long total = 0;
        while (total < TOTAL_BYTES && weights.size() < 24) {
            LinearOperator weight = random.of(form, SIZE, SIZE);
            total += weight.bytes();
            weights.add(compute.prepare(weight));
        }
        input = random.numbers(DataType.F32, 1, SIZE);
        output = scope.zeros(1, SIZE);
    }

    /** Frees them. */
    @TearDown
    public void close() {
        weights.clear();
        scope.close();
    }

    /** One product. */
    @Benchmark
    public void multiply() {
        compute.apply(weights.get(next++ % weights.size()), input, output);
    }
}
