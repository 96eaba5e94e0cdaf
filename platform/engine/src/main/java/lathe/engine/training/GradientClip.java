package lathe.engine.training;

import java.util.List;

import lathe.spi.tensor.Tensor;

/** Scales gradients down together when their common norm is too large (arXiv:1211.5063). */
public final class GradientClip {
    /** Added to the norm that is divided by, as in torch. */
    private static final double SMALL = 1e-6;

    private GradientClip() {}

    /**
     * The Euclidean norm of all gradients together.
     *
     * @param gradients of all parameters
     * @return the norm
     */
    public static double norm(List<Tensor> gradients) {
        double sum = 0;
        for (Tensor gradient : gradients) {
            sum += gradient.square().sum();
        }
        return Math.sqrt(sum);
    }

    /**
     * The factor of all gradients.
     *
     * @param norm their norm
     * @param most the largest norm that is wanted
     * @return at most 1
     */
    public static double factor(double norm, double most) {
        return Math.min(1, most / (norm + SMALL));
    }
}
