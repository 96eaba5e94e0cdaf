package lathe.benchmarks;

import java.util.concurrent.TimeUnit;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A whole model: one new token after a short context, or a prompt of 512 tokens. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ModelBenchmark {
    static final String DECODE = "decode";
    static final String PREFILL = "prefill";

    /** Who runs the model. */
    @Param({"lathe", "libtorch", "jlama"})
    public String by;

    /** Stored form of the linears. */
    @Param({"bf16", "f32", "int4", "q4"})
    public String form;

    /** One new token or a prompt. */
    @Param({DECODE, PREFILL})
    public String phase;

    private ModelRun model;
    private int[] prompt;
    private int token;

    /** Opens the model. */
    @Setup
    public void open() {
        BenchmarkModel files = BenchmarkModel.made();
        model = open(files, by, form);
        prompt = files.tokens(phase.equals(DECODE) ? BenchmarkModel.CONTEXT : BenchmarkModel.PROMPT);
    }

    static ModelRun open(BenchmarkModel files, String by, String form) {
        return switch (by) {
            case "lathe" -> new LatheModelRun(files, form);
            case "libtorch" -> new TorchModelRun(files, form);
            case "jlama" -> new JlamaModelRun(files, form);
            default -> throw Work.unknown(by, form);
        };
    }

    /** Begins a sequence for every iteration, so that contexts stay short. */
    @Setup(Level.Iteration)
    public void begin() {
        if (phase.equals(DECODE)) {
            token = model.prefill(prompt);
        }
    }

    /** Frees the model. */
    @TearDown
    public void close() {
        model.close();
    }

    /**
     * One repetition.
     *
     * @return the id of the largest logit
     */
    @Benchmark
    public int run() {
        token = phase.equals(DECODE) ? model.next(token) : model.prefill(prompt);
        return token;
    }
}
