package lathe.spi.operator;

import static java.util.Objects.requireNonNull;

import java.util.SequencedMap;

import lathe.spi.tensor.Tensor;

/**
 * A weight behind a rotation of its input: y = inner (rotation x).
 *
 * @param rotation done first
 * @param inner    applied to the rotated input
 */
public record Rotated(Rotation rotation, LinearOperator inner) implements LinearOperator {
    /** Checks that widths agree. */
    public Rotated {
        requireNonNull(rotation, "rotation is null");
        requireNonNull(inner, "inner is null");
        if (rotation.features() != inner.inFeatures()) {
            throw new IllegalArgumentException(
                    "A rotation of " + rotation.features() + " features does not fit a weight with "
                            + inner.inFeatures() + " inputs.");
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
        return "rotated";
    }

    @Override
    public SequencedMap<String, Tensor> parts() {
        SequencedMap<String, Tensor> parts = rotation.parts();
        Parts.nest(parts, "inner", inner.parts());
        return parts;
    }

    @Override
    public SequencedMap<String, String> attributes() {
        SequencedMap<String, String> attributes = Parts.of("inner", inner.form());
        if (rotation instanceof Rotation.Hadamard hadamard) {
            attributes.put("hadamard", Integer.toString(hadamard.block()));
            attributes.put("stride", Integer.toString(hadamard.stride()));
        }
        Parts.nest(attributes, "inner", inner.attributes());
        return attributes;
    }
}
