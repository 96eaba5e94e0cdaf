package lathe.spi.statistics;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

import lathe.spi.tensor.Tensor;

/**
 * Inputs of one linear for one sequence of the calibration data. Padding is never part of it.
 *
 * @param inputs       [tokens, in] float32
 * @param sequence     which sequence, from 0
 * @param tokenWeights [tokens] importance of each token, if the method asked for weights
 */
public record ActivationBatch(Tensor inputs, int sequence, Optional<Tensor> tokenWeights) {
    /** Checks the parts. */
    public ActivationBatch {
        requireNonNull(inputs, "inputs is null");
        requireNonNull(tokenWeights, "tokenWeights is null");
    }
}
