package lathe.spi.weight;

import lathe.spi.operator.LinearOperator;

/** Decides the factors of a weight: low-rank forms, alone or added to a sparse, quantised or dictionary form. */
public interface Factorizer extends WeightMethod {
    /**
     * Factorizes one weight. Called for the sites in order of blocks; calls for sites that share an input may be parallel.
     *
     * @param scene the weight and what is known about it
     * @return the stored form, such as a {@code LowRank}
     */
    LinearOperator factorize(WeightScene scene);
}
