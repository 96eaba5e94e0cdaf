package lathe.spi.operator;

import static java.util.Objects.requireNonNull;

import java.util.SequencedMap;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Tensor;

/** A number of every group of a weight, such as its scale or its zero point: as it is, or itself in codes. */
public sealed interface GroupStatistic {
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
     * One number.
     *
     * @param row   row of the weight
     * @param group group of the row
     * @return its value in float32
     */
    float get(int row, int group);

    /**
     * Numbers as they are.
     *
     * @param values [out, groups], any float type
     */
    record Plain(Tensor values) implements GroupStatistic {
        /** Checks that values are there. */
        public Plain {
            requireNonNull(values, "values is null");
        }

        @Override
        public SequencedMap<String, Tensor> parts() {
            return Parts.of("values", values);
        }

        @Override
        public SequencedMap<String, String> attributes() {
            return Parts.of();
        }

        @Override
        public float get(int row, int group) {
            return (float) values.get(row, group);
        }
    }

    /**
     * Numbers in codes: of each column of groups, runs of consecutive rows share a scale and a real zero point; value =
     * scale * (code - zero), computed in float32.
     *
     * @param rows   rows of the weight
     * @param groups groups of a row
     * @param bits   bits of a code, 1 to 8
     * @param run    rows that share a scale and a zero point; the last run may be shorter
     * @param codes  U8, one vector, packed by {@link TilePacking} as a matrix [rows, groups]
     * @param scales [runs, groups], a float type
     * @param zeros  [runs, groups], a float type
     */
    record Coded(int rows, int groups, int bits, int run, Tensor codes, Tensor scales, Tensor zeros)
            implements
                GroupStatistic {
        /** Checks that all shapes agree. */
        public Coded {
            Checks.positive("The rows of a run", run);
            Checks.positive("The number of groups", groups);
            Checks.type("Codes", codes, DataType.U8);
            if (bits < 1 || bits > 8) {
                throw new IllegalArgumentException("Codes of statistics have 1 to 8 bits, not " + bits + ".");
            }
            Checks.shape("Codes", codes, Math.toIntExact(TilePacking.bytes(rows, groups, bits)));
            int runs = (rows + run - 1) / run;
            Checks.shape("Scales of scales", scales, runs, groups);
            Checks.shape("Zeros of scales", zeros, runs, groups);
        }

        /**
         * The code of a group's number.
         *
         * @param row   row of the weight
         * @param group group of the row
         * @return in [0, 2^bits)
         */
        public int code(int row, int group) {
            return TilePacking.get(codes.segment(), rows, groups, bits, row, group);
        }

        @Override
        public SequencedMap<String, Tensor> parts() {
            SequencedMap<String, Tensor> parts = Parts.of("codes", codes);
            parts.put("scales", scales);
            parts.put("zeros", zeros);
            return parts;
        }

        @Override
        public SequencedMap<String, String> attributes() {
            SequencedMap<String, String> attributes = Parts.of("bits", Integer.toString(bits));
            attributes.put("run", Integer.toString(run));
            return attributes;
        }

        @Override
        public float get(int row, int group) {
            return (float) scales.get(row / run, group) * (code(row, group) - (float) zeros.get(row / run, group));
        }
    }
}
