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

/** Causal attention of a prompt: 8 heads of 64 over 2 key/value heads. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class AttentionBenchmark {
    static final int HEADS = 8;
    static final int WIDTH = 64;
    private static final int KV_HEADS = 2;

    /** Who attends. */
    @Param({"lathe", "libtorch"})
    public String by;

    /** Tokens. */
    @Param({"1024", "4096", "16384", "32768"})
    public int tokens;

    /** One of how many of the causal tiles is read; 1 reads all. */
    @Param({"1", "8"})
    public int oneOf;

    private Work work;

    /** Makes the data. */
    @Setup
    public void open() {
        work = switch (by) {
            case "lathe" -> new LatheWork().attention(HEADS, KV_HEADS, tokens, WIDTH, oneOf);
            case "libtorch" -> TorchWork.attention(HEADS, tokens, WIDTH);
            default -> throw Work.unknown(by, "attention");
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
