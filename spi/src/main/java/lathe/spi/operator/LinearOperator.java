package lathe.spi.operator;

import java.util.SequencedMap;

import lathe.spi.tensor.Tensor;

/**
 * A weight [out, in] in one of the forms that Lathe stores: y = W x. The family is closed, so that a new form is a compile
 * error wherever it must be known; {@link Custom} is its one open member.
 *
 * <p>Operators are immutable and hold no resources of their own: their tensors live in the scope they were made in.
 * Backends apply them ({@link lathe.spi.backend.Compute#prepare}).
 */
public sealed interface LinearOperator
        permits Dense,
        GroupQuantized,
        TileQuantized,
        Codebook,
        BitmaskSparse,
        NmSparse,
        BlockSparse,
        Csr,
        LowRank,
        DictionarySparse,
        Rotated,
        Masked,
        Sum,
        Custom {
    /**
     * Rows of the weight.
     *
     * @return length of y
     */
    int outFeatures();

    /**
     * Columns of the weight.
     *
     * @return length of x
     */
    int inFeatures();

    /**
     * The form's name in files and reports.
     *
     * @return such as {@code group-quantized}
     */
    String form();

    /**
     * All tensors that must be stored, by name, in a fixed order. Parts of nested operators carry a prefix and a dot.
     *
     * @return names and tensors
     */
    SequencedMap<String, Tensor> parts();

    /**
     * What must be stored beside the tensors so that the operator can be read again.
     *
     * @return names and values, such as {@code bits = 4}
     */
    SequencedMap<String, String> attributes();

    /**
     * Memory that the stored form takes, all overhead included.
     *
     * @return bytes
     */
    default long bytes() {
        long sum = 0;
        for (Tensor part : parts().values()) {
            sum += part.bytes();
        }
        return sum;
    }

    /**
     * Bits a weight of the dense matrix takes.
     *
     * @return bytes of the stored form * 8 / (out * in)
     */
    default double bitsPerWeight() {
        return 8.0 * bytes() / ((double) outFeatures() * inFeatures());
    }
}
