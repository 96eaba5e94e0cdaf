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

/** Decompositions of a float32 matrix of 2048 by 2048. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class DecompositionBenchmark {
    static final int SIZE = 2048;

    /** Who decomposes. */
    @Param({"lathe", "libtorch"})
    public String by;

    /** Which. */
    @Param({"cholesky", "svd"})
    public String what;

    private Work work;

    /** Makes the data. */
    @Setup
    public void open() {
        work = switch (by) {
            case "lathe" -> new LatheWork().decomposition(what, SIZE);
            case "libtorch" -> TorchWork.decomposition(what, SIZE);
            default -> throw Work.unknown(by, what);
        };
    }

    /** Frees the data. */
    @TearDown
    public void close() {
        work.close();
    }

    /** One repetition. */
    @Benchmark
    public void run() {
        work.run();
    }
}
