package lathe.spi.operator;

import static java.util.Objects.requireNonNull;

import java.util.SequencedMap;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Tensor;

/**
 * Exactly {@code kept} values of every {@code group} consecutive columns are stored, each with its place in the group.
 * 2:4 of 16-bit weights takes 9 bits an entry.
 *
 * @param outFeatures rows
 * @param inFeatures  columns, a multiple of the group
 * @param kept        values stored of each group
 * @param group       columns of a group: 4, 8 or 16, so that a place takes 2, 3 or 4 bits
 * @param places      U8 [out, rowBytes(in/group*kept, log2(group))], ascending within a group, packed by
 *                    {@link BitPacking}
 * @param values      the values, in/group*kept a row
 */
public record NmSparse(int outFeatures, int inFeatures, int kept, int group, Tensor places, Values values)
        implements
            LinearOperator {
    /** Checks that all shapes agree. */
    public NmSparse {
        Checks.positive("The number of rows", outFeatures);
        Checks.positive("The number of columns", inFeatures);
        Checks.positive("The number of kept values", kept);
        if (group != 4 && group != 8 && group != 16 || kept >= group) {
            throw new IllegalArgumentException(
                    "Groups have 4, 8 or 16 columns of which fewer are kept, not " + kept + " of " + group + ".");
        }
        if (inFeatures % group != 0) {
            throw new IllegalArgumentException(inFeatures + " columns cannot be cut into groups of " + group + ".");
        }
        Checks.type("Places", places, DataType.U8);
        Checks.shape("Places", places, outFeatures, BitPacking.rowBytes(inFeatures / group * kept, placeBits(group)));
        requireNonNull(values, "values is null");
    }

    /**
     * Bits of a place.
     *
     * @param group columns of a group, a power of two
     * @return log2(group)
     */
    public static int placeBits(int group) {
        return Integer.numberOfTrailingZeros(group);
    }

    /**
     * Values of a row.
     *
     * @return in / group * kept
     */
    public int keptPerRow() {
        return inFeatures / group * kept;
    }

    @Override
    public String form() {
        return "n-m";
    }

    @Override
    public SequencedMap<String, Tensor> parts() {
        SequencedMap<String, Tensor> parts = Parts.of("places", places);
        parts.putAll(values.parts());
        return parts;
    }

    @Override
    public SequencedMap<String, String> attributes() {
        SequencedMap<String, String> attributes = Parts.of("kept", Integer.toString(kept));
        attributes.put("of", Integer.toString(group));
        attributes.put("in", Integer.toString(inFeatures));
        attributes.putAll(values.attributes());
        return attributes;
    }
}
