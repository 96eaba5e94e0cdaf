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

/** A product of two float32 matrices of 2048 by 2048. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class MatrixBenchmark {
    static final int SIZE = 2048;

    /** Who multiplies. */
    @Param({"lathe", "openblas", "libtorch"})
    public String by;

    private Work work;

    /** Makes the data. */
    @Setup
    public void open() {
        work = switch (by) {
            case "lathe" -> new LatheWork().matrix(SIZE);
            case "openblas" -> TorchWork.openBlas(SIZE);
            case "libtorch" -> TorchWork.matrix(SIZE);
            default -> throw Work.unknown(by, "sgemm");
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
