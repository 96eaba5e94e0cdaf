package lathe.spi.operator;

import static java.util.Objects.requireNonNull;

import java.util.SequencedMap;

import lathe.spi.tensor.Tensor;

/**
 * A dictionary times sparse codes: W = dictionary * coefficients.
 *
 * @param dictionary   [out, atoms]
 * @param coefficients [atoms, in] with few entries a column
 */
public record DictionarySparse(Tensor dictionary, Csr coefficients) implements LinearOperator {
    /** Checks that the numbers of atoms agree. */
    public DictionarySparse {
        Checks.matrix("The dictionary", dictionary);
        requireNonNull(coefficients, "coefficients is null");
        if (dictionary.size(1) != coefficients.outFeatures()) {
            throw new IllegalArgumentException("A dictionary of " + dictionary.shape() + " needs coefficients for "
                    + dictionary.size(1) + " atoms, not " + coefficients.outFeatures() + ".");
        }
    }

    @Override
    public int outFeatures() {
        return dictionary.size(0);
    }

    @Override
    public int inFeatures() {
        return coefficients.inFeatures();
    }

    @Override
    public String form() {
        return "dictionary";
    }

    @Override
    public SequencedMap<String, Tensor> parts() {
        SequencedMap<String, Tensor> parts = Parts.of("dictionary", dictionary);
        Parts.nest(parts, "coefficients", coefficients.parts());
        return parts;
    }

    @Override
    public SequencedMap<String, String> attributes() {
        SequencedMap<String, String> attributes = Parts.of();
        Parts.nest(attributes, "coefficients", coefficients.attributes());
        return attributes;
    }
}
