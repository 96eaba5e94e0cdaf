package lathe.spi.weight;

import java.util.Optional;

import lathe.spi.tensor.Tensor;

/** Decides which entries of a weight go and how the survivors are corrected. */
public interface Pruner extends WeightMethod {
    /**
     * Prunes one weight. Called for the sites in order of blocks; calls for sites that share an input may be parallel.
     *
     * @param scene the weight and what is known about it
     * @return what is left
     */
    Pruned prune(WeightScene scene);

    /**
     * The score by which the smallest weights go, for methods that begin with this one's choice and refine it. Neither
     * sparsity nor pattern enters it.
     *
     * @param scene the weight and what is known about it
     * @return [out, in]; empty if the method's choice is no ranking of a score
     */
    default Optional<Tensor> score(WeightScene scene) {
        return Optional.empty();
    }

    /**
     * Whether {@link #score} gives a score, asked at planning time.
     *
     * @return by default whether the method overrides it
     */
    default boolean scores() {
        try {
            return getClass().getMethod("score", WeightScene.class).getDeclaringClass() != Pruner.class;
        } catch (NoSuchMethodException impossible) {
            throw new IllegalStateException("Every pruner has a score method.", impossible);
        }
    }
}
