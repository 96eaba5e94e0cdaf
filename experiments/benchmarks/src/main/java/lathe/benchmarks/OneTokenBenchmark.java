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

/** One token times a weight of 4096 by 4096, over so many weights that none stays in a cache. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class OneTokenBenchmark {
    static final int SIZE = 4096;
    private static final long TOTAL_BYTES = 192L << 20;

    /** Who multiplies. */
    @Param({"lathe"})
    public String by;

    /** Stored form. */
    @Param({"bf16"})
    public String form;

    private Work work;

    /** Makes the data. */
    @Setup
    public void open() {
        work = switch (by) {
            case "lathe" -> new LatheWork().oneToken(form, SIZE, TOTAL_BYTES);
            case "libtorch" -> TorchWork.oneToken(form, SIZE, TOTAL_BYTES);
            case "jlama" -> JlamaWork.oneToken(form, SIZE, TOTAL_BYTES);
            default -> throw Work.unknown(by, form);
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
