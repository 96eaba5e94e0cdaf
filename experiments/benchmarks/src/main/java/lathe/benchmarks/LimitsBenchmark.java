package lathe.benchmarks;

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
import lathe.spi.numeric.Parallel;

/** What the machine can do with all threads: read memory, multiply and add in registers. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class LimitsBenchmark {
    /** Bytes that are read. */
    static final long BYTES = 256L << 20;
    /** Multiplications and additions of a repetition. */
    static final double FLOPS = 2.0 * 12 * Lanes.N * (1 << 16) * 64;

    private final Parallel parallel = Engine.shared().parallel();
    private lathe.spi.tensor.Scope scope;
    private MemorySegment memory;
    private float[] sums;

    /** Makes the data: in a scope of the engine, whose large pages are those of weights. */
    @Setup
    public void open() {
        scope = Engine.shared().openScope();
        memory = scope.zeros((int) (BYTES / 4)).segment();
        sums = new float[(int) (BYTES >> 20)];
    }

    /** Frees it. */
    @TearDown
    public void close() {
        scope.close();
    }

    /**
     * Reads all bytes once.
     *
     * @return something that depends on them
     */
    @Benchmark
    public float read() {
        parallel.forEach(sums.length, 1, (from, to) -> {
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

    /**
     * Multiplies and adds in registers.
     *
     * @return something that depends on all of it
     */
    @Benchmark
    public float multiply() {
        parallel.forEach(64, 1, (from, to) -> {
            for (int i = from; i < to; i++) {
                sums[i] = chain(0.999f);
            }
        });
        return sums[0];
    }

    /**
     * Twelve chains side by side: two units with a latency of four to five cycles are never idle. A sum is what a vector is
     * added to, so that it stays in its register; as a factor it would be copied at every step.
     */
    private static float chain(float factor) {
        FloatVector x = FloatVector.broadcast(Lanes.F, factor);
        FloatVector a = x;
        FloatVector b = x;
        FloatVector c = x;
        FloatVector d = x;
        FloatVector e = x;
        FloatVector f = x;
        FloatVector g = x;
        FloatVector h = x;
        FloatVector i = x;
        FloatVector j = x;
        FloatVector k = x;
        FloatVector l = x;
        for (int n = 0; n < 1 << 16; n++) {
            a = x.fma(x, a);
            b = x.fma(x, b);
            c = x.fma(x, c);
            d = x.fma(x, d);
            e = x.fma(x, e);
            f = x.fma(x, f);
            g = x.fma(x, g);
            h = x.fma(x, h);
            i = x.fma(x, i);
            j = x.fma(x, j);
            k = x.fma(x, k);
            l = x.fma(x, l);
        }
        return Lanes.sum(a.add(b).add(c.add(d)).add(e.add(f)).add(g.add(h)).add(i.add(j)).add(k.add(l)));
    }
}
