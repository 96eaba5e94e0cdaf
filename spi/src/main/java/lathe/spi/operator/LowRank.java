package lathe.spi.operator;

import java.util.SequencedMap;

import lathe.spi.tensor.Tensor;

/**
 * A product of two thin matrices: W = up down.
 *
 * @param up   [out, rank]
 * @param down [rank, in]
 */
public record LowRank(Tensor up, Tensor down) implements LinearOperator {
    /** Checks that the ranks agree. */
    public LowRank {
        Checks.matrix("The left factor", up);
        Checks.matrix("The right factor", down);
        if (up.size(1) != down.size(0)) {
            throw new IllegalArgumentException(
                    "Factors of " + up.shape() + " and " + down.shape() + " have no common rank.");
        }
    }

    @Override
    public int outFeatures() {
        return up.size(0);
    }

    @Override
    public int inFeatures() {
        return down.size(1);
    }

    @Override
    public String form() {
        return "low-rank";
    }

    @Override
    public SequencedMap<String, Tensor> parts() {
        SequencedMap<String, Tensor> parts = Parts.of("up", up);
        parts.put("down", down);
        return parts;
    }

    @Override
    public SequencedMap<String, String> attributes() {
        return Parts.of();
    }
}
