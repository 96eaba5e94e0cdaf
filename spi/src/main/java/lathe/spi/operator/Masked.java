package lathe.spi.operator;

import static java.util.Objects.requireNonNull;

import java.util.SequencedMap;

import lathe.spi.tensor.Mask;
import lathe.spi.tensor.Tensor;

/**
 * A weight whose masked entries count as zero without being gone: for training with masks. It saves no memory, and its
 * bytes say so; {@link BitmaskSparse} is the form that does.
 *
 * @param mask  [out, in]
 * @param inner the weight under the mask
 */
public record Masked(Mask mask, Dense inner) implements LinearOperator {
    /** Checks that shapes agree. */
    public Masked {
        requireNonNull(mask, "mask is null");
        requireNonNull(inner, "inner is null");
        if (mask.rows() != inner.outFeatures() || mask.columns() != inner.inFeatures()) {
            throw new IllegalArgumentException("A mask of [" + mask.rows() + ", " + mask.columns()
                    + "] does not fit a weight of " + inner.weight().shape() + ".");
        }
    }

    @Override
    public int outFeatures() {
        return inner.outFeatures();
    }

    @Override
    public int inFeatures() {
        return inner.inFeatures();
    }

    @Override
    public String form() {
        return "masked";
    }

    @Override
    public SequencedMap<String, Tensor> parts() {
        return inner.parts();
    }

    @Override
    public SequencedMap<String, String> attributes() {
        return Parts.of();
    }

    @Override
    public long bytes() {
        return inner.bytes() + mask.rows() * 8L * ((mask.columns() + 63) / 64);
    }
}
