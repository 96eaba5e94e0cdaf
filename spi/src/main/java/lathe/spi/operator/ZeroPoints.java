package lathe.spi.operator;

import static java.util.Objects.requireNonNull;

import java.util.SequencedMap;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Tensor;

/** The zero points of quantised groups, in code units: weight = scale * (code - zero). */
public sealed interface ZeroPoints {
    /**
     * Tensors that must be stored.
     *
     * @return empty for a constant
     */
    SequencedMap<String, Tensor> parts();

    /**
     * The same zero point for every group: 2^(bits-1) for symmetric grids. Takes no memory.
     *
     * @param value the zero point
     */
    record Constant(int value) implements ZeroPoints {
        @Override
        public SequencedMap<String, Tensor> parts() {
            return Parts.of();
        }
    }

    /**
     * Integer zero points, packed like codes ({@link BitPacking}).
     *
     * @param bits   bits of a zero point
     * @param packed U8 [out, rowBytes(groups, bits)]
     */
    record Packed(int bits, Tensor packed) implements ZeroPoints {
        /** Checks the type. */
        public Packed {
            Checks.type("Packed zero points", packed, DataType.U8);
        }

        @Override
        public SequencedMap<String, Tensor> parts() {
            return Parts.of("zeros", packed);
        }
    }

    /**
     * Real zero points.
     *
     * @param values [out, groups], a float type
     */
    record Real(Tensor values) implements ZeroPoints {
        /** Checks that values are there. */
        public Real {
            requireNonNull(values, "values is null");
        }

        @Override
        public SequencedMap<String, Tensor> parts() {
            return Parts.of("zeros", values);
        }
    }
}
