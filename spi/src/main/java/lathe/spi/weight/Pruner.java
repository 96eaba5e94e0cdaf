package lathe.spi.weight;

/** Decides which entries of a weight go and how the survivors are corrected. */
public interface Pruner extends WeightMethod {
    /**
     * Prunes one weight. Called for the sites in order of blocks; calls for sites that share an input may be parallel.
     *
     * @param scene the weight and what is known about it
     * @return what is left
     */
    Pruned prune(WeightScene scene);
}
