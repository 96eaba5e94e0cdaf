package lathe.engine.check;

import static java.util.Objects.requireNonNull;

import lathe.engine.Engine;
import lathe.spi.backend.Compute;
import lathe.spi.numeric.LinearAlgebra;
import lathe.spi.tensor.Scope;

/** Computes what cases ask for, with the services that methods get and the kernels that models run on. */
public final class OperatorCheck {
    private final Compute compute;
    private final LinearAlgebra algebra;
    private final Engine engine;

    /**
     * @param engine  solvers and tensors
     * @param algebra decompositions, usually the engine's
     * @param compute kernels
     */
    public OperatorCheck(Engine engine, LinearAlgebra algebra, Compute compute) {
        this.engine = requireNonNull(engine, "engine is null");
        this.algebra = requireNonNull(algebra, "algebra is null");
        this.compute = requireNonNull(compute, "compute is null");
    }

    /**
     * Runs one case.
     *
     * @param golden what is asked
     * @param parent owner of intermediate tensors
     * @return what was computed and what differs; nothing computed for an operation that is not known
     */
    public OperatorFinding run(OperatorCase golden, Scope parent) {
        Findings found = new Findings(golden);
        try (Scope scope = parent.child()) {
            KernelChecks kernels = new KernelChecks(golden, found, compute, scope);
            TensorChecks tensors = new TensorChecks(golden, found, scope);
            AlgebraChecks services = new AlgebraChecks(golden, found, algebra, scope);
            GradientChecks gradients = new GradientChecks(golden, found, compute, engine.parallel(), scope);
            TrainingChecks training = new TrainingChecks(golden, found, scope);
            SolverChecks solvers = new SolverChecks(golden, found, engine.solvers(), scope);
            switch (golden.operation()) {
                case "rms-norm" -> {
                    kernels.rmsNorm();
                    gradients.rmsNorm();
                }
                case "layer-norm" -> {
                    kernels.layerNorm();
                    gradients.layerNorm();
                }
                case "rope" -> {
                    kernels.rope();
                    gradients.rope();
                }
                case "gated-activation" -> kernels.gate().ifPresent(gradients::gate);
                case "activation" -> kernels.activate().ifPresent(gradients::activate);
                case "attention" -> {
                    kernels.attention();
                    gradients.attention();
                }
                case "softmax" -> {
                    tensors.softmax();
                    gradients.softmax();
                }
                case "embedding" -> gradients.embedding();
                case "cross-entropy" -> gradients.crossEntropy();
                case "kl-divergence" -> gradients.divergence();
                case "optimizer" -> training.optimizer();
                case "schedule" -> training.schedule();
                case "gradient-clip" -> training.clip();
                case "hadamard" -> tensors.hadamard();
                case "top-k" -> tensors.topK();
                case "convert" -> tensors.convert();
                case "cholesky" -> services.cholesky();
                case "svd" -> services.svd();
                case "qr" -> services.qr();
                case "eigh" -> services.eigen();
                case "triangular" -> services.triangular();
                case "least-squares" -> services.leastSquares();
                case "quantile" -> solvers.quantiles();
                case "weighted-kmeans-1d" -> solvers.clusters();
                case "linear-assignment" -> solvers.assignment();
                case "linear-program" -> solvers.program();
                default -> {
                    // Nothing is computed, and all results are told to be so.
                }
            }
        }
        return found.finish();
    }
}
