package lathe.spi.statistics;

import lathe.spi.tensor.Tensor;

/** Builds one statistic of one linear's input from a stream of batches. Calls come one after the other. */
public interface Accumulator {
    /**
     * Takes in a sequence.
     *
     * @param batch the inputs of the linear; dead after the call
     */
    void add(ActivationBatch batch);

    /**
     * The statistic so far, in the scope that the accumulator was made with.
     *
     * @return the result
     */
    Tensor result();
}
