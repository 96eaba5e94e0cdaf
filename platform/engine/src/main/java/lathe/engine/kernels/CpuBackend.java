package lathe.engine.kernels;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

import lathe.engine.Engine;
import lathe.spi.backend.Backend;
import lathe.spi.backend.Compute;
import lathe.spi.numeric.Parallel;

/** The processor that is always there. Every stored form and every plan runs on it. */
public final class CpuBackend implements Backend {
    private final Engine engine;

    /** The backend of this process' engine, which is set up when the backend is first described or opened. */
    public CpuBackend() {
        this.engine = null;
    }

    /**
     * The backend of an engine.
     *
     * @param engine gives the matrix product
     */
    public CpuBackend(Engine engine) {
        this.engine = requireNonNull(engine, "engine is null");
    }

    private Engine engine() {
        return engine == null ? Engine.shared() : engine;
    }

    @Override
    public Optional<String> unavailable() {
        return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
                ? Optional.empty()
                : Optional.of("The CPU kernels need the vector module of the JDK: start Java with --add-modules "
                        + "jdk.incubator.vector.");
    }

    @Override
    public String description() {
        return engine().description();
    }

    @Override
    public Compute open(Parallel parallel) {
        return open(requireNonNull(parallel, "parallel is null"), new StartingRowMath(new VectorRowMath()));
    }

    /** With given inner loops, for tests that hold the lanes to their scalar twin. */
    Compute open(Parallel parallel, RowMath math) {
        return new CpuCompute(parallel, math, new MatrixProduct(engine().gemm()));
    }
}
