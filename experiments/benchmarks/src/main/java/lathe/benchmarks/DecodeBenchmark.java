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

/** Attention of one query over stored keys: 32 heads of 128 over 8 key/value heads, 16384 tokens. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class DecodeBenchmark {
    static final int TOKENS = 16384;
    static final int WIDTH = 128;
    static final int KV_HEADS = 8;
    private static final int HEADS = 32;

    /** Who attends. */
    @Param({"lathe", "libtorch"})
    public String by;

    /** Stored form of keys and values. */
    @Param({"f32", "bf16"})
    public String form;

    private Work work;

    /** Makes the data. */
    @Setup
    public void open() {
        work = switch (by) {
            case "lathe" -> new LatheWork().decode(HEADS, KV_HEADS, TOKENS, WIDTH, form);
            case "libtorch" -> TorchWork.decode(HEADS, TOKENS, WIDTH);
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
