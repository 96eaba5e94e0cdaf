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

/** 512 tokens times a block-sparse weight of 2048 by 2048; at sparsity 0 the dense product. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class BlockSparseBenchmark {
    static final int SIZE = 2048;
    static final int TOKENS = 512;

    /** Who multiplies; libtorch stores compressed rows. */
    @Param({"lathe", "libtorch"})
    public String by;

    /** Fraction of blocks that are missing. */
    @Param({"0", "0.5", "0.8", "0.9", "0.95"})
    public double sparsity;

    /** Rows and columns of a block. */
    @Param({"1x16", "16x16"})
    public String block;

    private Work work;

    /** Makes the data. */
    @Setup
    public void open() {
        String[] sizes = block.split("x");
        work = switch (by) {
            case "lathe" -> new LatheWork()
                    .sparse(TOKENS, SIZE, sparsity, Integer.parseInt(sizes[0]), Integer.parseInt(sizes[1]));
            case "libtorch" -> TorchWork.sparse(TOKENS, SIZE, sparsity);
            default -> throw Work.unknown(by, block);
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
