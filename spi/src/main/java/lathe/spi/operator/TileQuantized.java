package lathe.spi.operator;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import java.util.SequencedMap;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Tensor;

/**
 * Codes of a few bits in small groups whose scales and zero points may be in codes themselves: W[i][order[j]] =
 * scale[i][g] * (code[i][j] - zero[i][g]) with g = j / group, computed in float32. Codes are stored by tiles of sixteen
 * rows ({@link TilePacking}); every group begins a unit of sixteen columns, so that groups of a multiple of sixteen waste
 * nothing.
 *
 * @param outFeatures rows
 * @param inFeatures  columns
 * @param bits        bits of a code, 1 to 8
 * @param group       stored columns of a group; the last may be shorter; equal to inFeatures for one a row
 * @param codes       U8, one vector, packed by {@link TilePacking} as a matrix [out, groups * 16 * ceil(group / 16)]
 * @param scales      scales of the groups
 * @param zeros       zero points of the groups, in code units
 * @param order       the column of the weight that is stored at each place [in], U16 if in is at most 65536, else I32;
 *                    empty if they stand in their order
 */
public record TileQuantized(
        int outFeatures,
        int inFeatures,
        int bits,
        int group,
        Tensor codes,
        GroupStatistic scales,
        GroupStatistic zeros,
        Optional<Tensor> order) implements LinearOperator {
    /** Checks that all shapes agree. */
    public TileQuantized {
        Checks.positive("The number of rows", outFeatures);
        Checks.positive("The number of columns", inFeatures);
        Checks.positive("The group size", group);
        if (bits < 1 || bits > 8) {
            throw new IllegalArgumentException("Codes have 1 to 8 bits, not " + bits + ".");
        }
        Checks.type("Codes", codes, DataType.U8);
        Checks.shape("Codes", codes, Math.toIntExact(TilePacking.bytes(
                outFeatures, slots(inFeatures, group), bits)));
        int groups = (inFeatures + group - 1) / group;
        check("scale", scales, outFeatures, groups);
        check("zero point", zeros, outFeatures, groups);
        requireNonNull(order, "order is null");
        order.ifPresent(columns -> Checks.shape("The order of columns", columns, inFeatures));
    }

    private static void check(String what, GroupStatistic statistic, int rows, int groups) {
        switch (requireNonNull(statistic, () -> what + "s are null")) {
            case GroupStatistic.Plain plain -> Checks.shape("Every group's " + what, plain.values(), rows, groups);
            case GroupStatistic.Coded coded -> {
                if (coded.rows() != rows || coded.groups() != groups) {
                    throw new IllegalArgumentException("A " + what + " for each of [" + coded.rows() + ", "
                            + coded.groups() + "] groups does not fit a weight with [" + rows + ", " + groups + "].");
                }
            }
        }
    }

    /**
     * Code places of a row, of which the last of each group stay empty where a group is no multiple of sixteen.
     *
     * @param columns columns of the weight
     * @param group   columns of a group
     * @return a multiple of sixteen
     */
    public static int slots(int columns, int group) {
        int groups = (columns + group - 1) / group;
        return groups * groupSlots(columns, group);
    }

    private static int groupSlots(int columns, int group) {
        return TilePacking.COLUMNS * TilePacking.units(Math.min(group, columns));
    }

    /**
     * The code place of a stored column.
     *
     * @param columns columns of the weight
     * @param group   columns of a group
     * @param column  a stored column
     * @return its place in the packed row
     */
    public static int slot(int columns, int group, int column) {
        return column / group * groupSlots(columns, group) + column % group;
    }

    /**
     * Code places of a row.
     *
     * @return a multiple of sixteen
     */
    public int slots() {
        return slots(inFeatures, group);
    }

    /**
     * Number of groups of a row.
     *
     * @return ceil(in / group)
     */
    public int groups() {
        return (inFeatures + group - 1) / group;
    }

    /**
     * The code of an element.
     *
     * @param row    its row
     * @param column its stored column
     * @return in [0, 2^bits)
     */
    public int code(int row, int column) {
        return TilePacking.get(codes.segment(), outFeatures, slots(), bits, row, slot(inFeatures, group, column));
    }

    /**
     * The value of an element.
     *
     * @param row    its row
     * @param column its stored column
     * @return in float32
     */
    public float value(int row, int column) {
        int g = column / group;
        return scales.get(row, g) * (code(row, column) - zeros.get(row, g));
    }

    @Override
    public String form() {
        return "tile-quantized";
    }

    @Override
    public SequencedMap<String, Tensor> parts() {
        SequencedMap<String, Tensor> parts = Parts.of("codes", codes);
        Parts.nest(parts, "scale", scales.parts());
        Parts.nest(parts, "zero", zeros.parts());
        order.ifPresent(columns -> parts.put("order", columns));
        return parts;
    }

    @Override
    public SequencedMap<String, String> attributes() {
        SequencedMap<String, String> attributes = Parts.of("bits", Integer.toString(bits));
        attributes.put("group", Integer.toString(group));
        attributes.put("in", Integer.toString(inFeatures));
        attributes.put("out", Integer.toString(outFeatures));
        Parts.nest(attributes, "scale", scales.attributes());
        Parts.nest(attributes, "zero", zeros.attributes());
        return attributes;
    }
}
