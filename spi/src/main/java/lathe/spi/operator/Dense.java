package lathe.spi.operator;

import java.util.SequencedMap;

import lathe.spi.tensor.Tensor;

/**
 * A weight with every entry stored.
 *
 * @param weight [out, in], contiguous, of any float type
 */
public record Dense(Tensor weight) implements LinearOperator {
    /** Checks the shape. */
    public Dense {
        Checks.matrix("A dense weight", weight);
    }

    @Override
    public int outFeatures() {
        return weight.size(0);
    }

    @Override
    public int inFeatures() {
        return weight.size(1);
    }

    @Override
    public String form() {
        return "dense";
    }

    @Override
    public SequencedMap<String, Tensor> parts() {
        return Parts.of("weight", weight);
    }

    @Override
    public SequencedMap<String, String> attributes() {
        return Parts.of();
    }
}
