package lathe.spi.operator;

import static java.util.Objects.requireNonNull;

import java.util.SequencedMap;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Tensor;

/** The values of a sparse weight, in row order and within a row by ascending column: as they are, or quantised. */
public sealed interface Values {
    /**
     * Tensors that must be stored.
     *
     * @return names and tensors
     */
    SequencedMap<String, Tensor> parts();

    /**
     * What must be stored beside them.
     *
     * @return names and values
     */
    SequencedMap<String, String> attributes();

    /**
     * Values as numbers.
     *
     * @param values one dimension, all rows one after the other, any float type
     */
    record Plain(Tensor values) implements Values {
        /** Checks the shape. */
        public Plain {
            requireNonNull(values, "values is null");
            if (values.rank() != 1) {
                throw new IllegalArgumentException(
                        "Sparse values must be one vector but have shape " + values.shape() + ".");
            }
        }

        @Override
        public SequencedMap<String, Tensor> parts() {
            return Parts.of("values", values);
        }

        @Override
        public SequencedMap<String, String> attributes() {
            return Parts.of();
        }
    }

    /**
     * Values as codes. The group of a value is that of its column in the dense matrix (column / group).
     *
     * @param bits   bits of a code
     * @param group  dense columns of a group
     * @param codes  U8, one vector: all values' codes in one stream, packed by {@link BitPacking} as one row
     * @param scales [out, groups]
     * @param zeros  zero points
     */
    record Packed(int bits, int group, Tensor codes, Tensor scales, ZeroPoints zeros) implements Values {
        /** Checks types. */
        public Packed {
            Checks.positive("The group size", group);
            Checks.type("Codes", codes, DataType.U8);
            requireNonNull(scales, "scales is null");
            requireNonNull(zeros, "zeros is null");
        }

        @Override
        public SequencedMap<String, Tensor> parts() {
            SequencedMap<String, Tensor> parts = Parts.of("codes", codes);
            parts.put("scales", scales);
            parts.putAll(zeros.parts());
            return parts;
        }

        @Override
        public SequencedMap<String, String> attributes() {
            SequencedMap<String, String> attributes = Parts.of("bits", Integer.toString(bits));
            attributes.put("group", Integer.toString(group));
            switch (zeros) {
                case ZeroPoints.Constant constant -> attributes.put("zero", Integer.toString(constant.value()));
                case ZeroPoints.Packed packed -> attributes.put("zero_bits", Integer.toString(packed.bits()));
                case ZeroPoints.Real real -> attributes.put("zero", "real");
            }
            return attributes;
        }
    }
}
