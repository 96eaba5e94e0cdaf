package lathe.benchmarks;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;

import jdk.incubator.vector.FloatVector;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

import lathe.engine.Engine;
import lathe.engine.kernels.Lanes;
import lathe.engine.kernels.MatrixProduct;
import lathe.spi.numeric.Parallel;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Tensor;

/** What the machine can do: read memory with all threads, multiply matrices. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class LimitsBenchmark {
    /** Bytes that are read. */
    static final long BYTES = 256L << 20;
    /** Rows and columns of the product. */
    static final int SIZE = 2048;

    private final Parallel parallel = Engine.shared().parallel();
    private Arena arena;
    private MemorySegment memory;
    private lathe.spi.tensor.Scope scope;
    private Tensor left;
    private Tensor right;
    private Tensor result;
    private float[] sums;

    /** Makes the data. */
    @Setup
    public void open() {
        arena = Arena.ofShared();
        memory = arena.allocate(BYTES, 64);
        memory.fill((byte) 0);
        sums = new float[(int) (BYTES >> 20)];
        scope = Engine.shared().openScope();
        Weights random = new Weights(scope);
        left = random.numbers(DataType.F32, SIZE, SIZE);
        right = random.numbers(DataType.F32, SIZE, SIZE);
        result = scope.zeros(SIZE, SIZE);
    }

    /** Frees it. */
    @TearDown
    public void close() {
        arena.close();
        scope.close();
    }

    /**
     * Reads all bytes once.
     *
     * @return something that depends on them
     */
    @Benchmark
    public float read() {
        parallel.forEach(sums.length, 4, (from, to) -> {
            for (int i = from; i < to; i++) {
                sums[i] = sum(memory.address() + ((long) i << 20));
            }
        });
        return sums[0];
    }

    private static float sum(long start) {
        FloatVector a = FloatVector.zero(Lanes.F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        for (long at = start; at < start + (1 << 20); at += 4 * Lanes.BYTES) {
            a = a.add(Lanes.floats(at));
            b = b.add(Lanes.floats(at + Lanes.BYTES));
            c = c.add(Lanes.floats(at + 2 * Lanes.BYTES));
            d = d.add(Lanes.floats(at + 3 * Lanes.BYTES));
        }
        return Lanes.sum(a.add(b).add(c.add(d)));
    }

    /** Multiplies two matrices, in fixed tiles over the pool. */
    @Benchmark
    public void multiply() {
        MatrixProduct product = new MatrixProduct(Engine.shared().gemm());
        long a = left.segment().address();
        long b = right.segment().address();
        long c = result.segment().address();
        parallel.forEach(
                SIZE,
                256,
                (from, to) -> product.times(
                        false,
                        to - from,
                        SIZE,
                        SIZE,
                        a + 4L * SIZE * from,
                        SIZE,
                        b,
                        SIZE,
                        c + 4L * SIZE * from,
                        SIZE));
    }
}
