package lathe.engine;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import java.util.function.Supplier;

import lathe.engine.blas.CoreType;
import lathe.engine.blas.Gemm;
import lathe.engine.blas.Lapack;
import lathe.engine.blas.OpenBlas;
import lathe.engine.blas.VectorGemm;
import lathe.engine.numeric.EngineSolvers;
import lathe.engine.numeric.JavaAlgebra;
import lathe.engine.numeric.LapackAlgebra;
import lathe.engine.numeric.PhiloxStreams;
import lathe.engine.numeric.WorkerPool;
import lathe.engine.tensor.TensorEngine;
import lathe.spi.LatheException;
import lathe.spi.numeric.LinearAlgebra;
import lathe.spi.numeric.Parallel;
import lathe.spi.numeric.RandomStreams;
import lathe.spi.numeric.Solvers;
import lathe.spi.tensor.Scope;

/** The CPU engine: tensors, matrix products, decompositions, random streams and the worker pool. */
public final class Engine implements AutoCloseable {
    private final WorkerPool pool;
    private final TensorEngine tensors;
    private final Gemm gemm;
    private final Supplier<LinearAlgebra> algebra;

    private Engine(EngineOptions options) {
        requireVectorModule();
        this.pool = new WorkerPool(options.threads());
        this.gemm = chooseGemm(options);
        this.algebra = new Once(() -> chooseAlgebra(options));
        this.tensors = new TensorEngine(pool, gemm, options.vectorLoops());
    }

    /** Made at its first use: linking ten routines takes a tenth of a second, and a text is generated without any. */
    private static final class Once implements Supplier<LinearAlgebra> {
        private final Supplier<LinearAlgebra> maker;
        private LinearAlgebra made;

        Once(Supplier<LinearAlgebra> maker) {
            this.maker = maker;
        }

        @Override
        public synchronized LinearAlgebra get() {
            if (made == null) {
                made = maker.get();
            }
            return made;
        }
    }

    private static final class Shared {
        static final Engine ENGINE = create(EngineOptions.fromSystem());
    }

    /**
     * Sets up an engine.
     *
     * @param options threads and choices
     * @return a new engine with a pool of its own
     */
    public static Engine create(EngineOptions options) {
        return new Engine(requireNonNull(options, "options is null"));
    }

    /**
     * The engine of this process, set up by system properties on first use.
     *
     * @return always the same
     */
    public static Engine shared() {
        return Shared.ENGINE;
    }

    private static void requireVectorModule() {
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
            throw new LatheException("The engine needs the vector module of the JDK: start Java with "
                    + "--add-modules jdk.incubator.vector.");
        }
    }

    private static Gemm chooseGemm(EngineOptions options) {
        Optional<OpenBlas> library = options.vectorBlas() ? Optional.empty() : OpenBlas.find();
        return library.<Gemm>map(found -> found).orElseGet(VectorGemm::new);
    }

    private LinearAlgebra chooseAlgebra(EngineOptions options) {
        Optional<OpenBlas> library = options.vectorBlas() ? Optional.empty() : OpenBlas.find();
        return library.<LinearAlgebra>map(found -> new LapackAlgebra(new Lapack(found), pool))
                .orElseGet(JavaAlgebra::new);
    }

    /**
     * Opens a scope for tensors.
     *
     * @return to be closed by the caller
     */
    public Scope openScope() {
        return tensors.openScope();
    }

    /**
     * The worker pool.
     *
     * @return loops over all threads of this engine
     */
    public Parallel parallel() {
        return pool;
    }

    /**
     * The matrix product of one thread.
     *
     * @return OpenBLAS or the product of the Vector API
     */
    public Gemm gemm() {
        return gemm;
    }

    /**
     * Decompositions.
     *
     * @return the service that methods get
     */
    public LinearAlgebra linearAlgebra() {
        return algebra.get();
    }

    /**
     * Clustering, assignment, linear programs, sparse coding and search.
     *
     * @return the service that methods get
     */
    public Solvers solvers() {
        return new EngineSolvers(pool);
    }

    /**
     * The random streams of a node.
     *
     * @param seed the experiment's seed
     * @param node the node's name
     * @return always the same streams for the same seed and name
     */
    public RandomStreams random(long seed, String node) {
        return new PhiloxStreams(seed, node);
    }

    /**
     * What this engine runs on, in one line: CPU, loops, matrix product and its kernels, threads.
     *
     * @return for logs and lineage
     */
    public String description() {
        return CoreType.cpuName() + "; " + tensors.loops() + "; " + gemm.description() + "; " + pool.threads()
                + (pool.threads() == 1 ? " thread" : " threads");
    }

    /** Ends the pool's threads. Scopes stay usable, their loops then run on one thread. */
    @Override
    public void close() {
        pool.close();
    }
}
