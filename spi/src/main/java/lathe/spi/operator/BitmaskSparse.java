package lathe.spi.operator;

import static java.util.Objects.requireNonNull;

import java.util.SequencedMap;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Tensor;

/**
 * One bit an entry says whether it is stored, the stored values follow each other. 50 % of 16-bit weights take 9 bits an
 * entry, of 4-bit codes 3 bits plus scales.
 *
 * @param outFeatures rows
 * @param inFeatures  columns
 * @param bitmap      U8 [out, 8*ceil(in/64)], bit j%8 of byte j/8 is column j
 * @param rowStarts   I32 [out+1], index of each row's first value; the last entry is the number of values
 * @param values      the values
 */
public record BitmaskSparse(int outFeatures, int inFeatures, Tensor bitmap, Tensor rowStarts, Values values)
        implements
            LinearOperator {
    /** Checks that all shapes agree. */
    public BitmaskSparse {
        Checks.positive("The number of rows", outFeatures);
        Checks.positive("The number of columns", inFeatures);
        Checks.type("The bitmap", bitmap, DataType.U8);
        Checks.shape("The bitmap", bitmap, outFeatures, 8 * ((inFeatures + 63) / 64));
        Checks.type("Row starts", rowStarts, DataType.I32);
        Checks.shape("Row starts", rowStarts, outFeatures + 1);
        requireNonNull(values, "values is null");
    }

    @Override
    public String form() {
        return "bitmask";
    }

    @Override
    public SequencedMap<String, Tensor> parts() {
        SequencedMap<String, Tensor> parts = Parts.of("bitmap", bitmap);
        parts.put("row_starts", rowStarts);
        parts.putAll(values.parts());
        return parts;
    }

    @Override
    public SequencedMap<String, String> attributes() {
        SequencedMap<String, String> attributes = Parts.of("in", Integer.toString(inFeatures));
        attributes.putAll(values.attributes());
        return attributes;
    }
}
