package lathe.spi.operator;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import java.util.SequencedMap;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Codes of a few bits with a scale and a zero point a group: W[i][j] = scale[i][g] * (code[i][j] - zero[i][g]) with g the
 * group of column j, computed in float32.
 *
 * @param outFeatures  rows
 * @param inFeatures   columns
 * @param bits         bits of a code, 1 to 8
 * @param group        columns of a group; the last group of a row may be shorter; equal to inFeatures for one a row
 * @param codes        U8 [out, rowBytes(in, bits)], packed by {@link BitPacking}
 * @param scales       [out, groups], F32, F16 or BF16
 * @param zeros        zero points
 * @param columnGroups I32 [in], the group of each column when groups are not consecutive columns (act-order); otherwise
 *                     empty, and the group of column j is j / group
 */
public record GroupQuantized(
        int outFeatures,
        int inFeatures,
        int bits,
        int group,
        Tensor codes,
        Tensor scales,
        ZeroPoints zeros,
        Optional<Tensor> columnGroups) implements LinearOperator {
    /** Checks that all shapes agree. */
    public GroupQuantized {
        Checks.positive("The number of rows", outFeatures);
        Checks.positive("The number of columns", inFeatures);
        Checks.positive("The group size", group);
        Checks.type("Codes", codes, DataType.U8);
        Checks.shape("Packed codes", codes, outFeatures, BitPacking.rowBytes(inFeatures, bits));
        Checks.type("Scales", scales, DataType.F32, DataType.F16, DataType.BF16);
        int groups = (inFeatures + group - 1) / group;
        Checks.shape("Scales", scales, outFeatures, groups);
        requireNonNull(zeros, "zeros is null");
        requireNonNull(columnGroups, "columnGroups is null");
        columnGroups.ifPresent(map -> Checks.shape("The groups of columns", map, inFeatures));
    }

    /**
     * Packs codes and zero points.
     *
     * @param codes  integers [out, in] in [0, 2^bits)
     * @param bits   bits of a code
     * @param group  columns of a group, or -1 for whole rows
     * @param scales [out, groups], kept as they are
     * @param zeros  integer zero points [out, groups] in [0, 2^bits), packed here; empty for the symmetric 2^(bits-1)
     * @param scope  where packed tensors live
     * @return the operator
     */
    public static GroupQuantized pack(
            Tensor codes, int bits, int group, Tensor scales, Optional<Tensor> zeros, Scope scope) {
        int columns = codes.size(1);
        ZeroPoints points = zeros.<ZeroPoints>map(z -> new ZeroPoints.Packed(bits, BitPacking.pack(z, bits, scope)))
                .orElseGet(() -> new ZeroPoints.Constant(1 << (bits - 1)));
        return new GroupQuantized(
                codes.size(0),
                columns,
                bits,
                group < 0 ? columns : group,
                BitPacking.pack(codes, bits, scope),
                scales,
                points,
                Optional.empty());
    }

    /**
     * The same weight with groups that are not consecutive columns.
     *
     * @param map I32 [in], the group of each column; empty for consecutive ones
     * @return a copy
     */
    public GroupQuantized withColumnGroups(Optional<Tensor> map) {
        return new GroupQuantized(outFeatures, inFeatures, bits, group, codes, scales, zeros, map);
    }

    /**
     * The same weight with other zero points.
     *
     * @param points zero points of the groups
     * @return a copy
     */
    public GroupQuantized withZeros(ZeroPoints points) {
        return new GroupQuantized(outFeatures, inFeatures, bits, group, codes, scales, points, columnGroups);
    }

    /**
     * Number of groups of a row.
     *
     * @return ceil(in / group)
     */
    public int groups() {
        return scales.size(1);
    }

    @Override
    public String form() {
        return "group-quantized";
    }

    @Override
    public SequencedMap<String, Tensor> parts() {
        SequencedMap<String, Tensor> parts = Parts.of("codes", codes);
        parts.put("scales", scales);
        parts.putAll(zeros.parts());
        columnGroups.ifPresent(map -> parts.put("column_groups", map));
        return parts;
    }

    @Override
    public SequencedMap<String, String> attributes() {
        SequencedMap<String, String> attributes = Parts.of("bits", Integer.toString(bits));
        attributes.put("group", Integer.toString(group));
        attributes.put("in", Integer.toString(inFeatures));
        switch (zeros) {
            case ZeroPoints.Constant constant -> attributes.put("zero", Integer.toString(constant.value()));
            case ZeroPoints.Packed packed -> attributes.put("zero_bits", Integer.toString(packed.bits()));
            case ZeroPoints.Real real -> attributes.put("zero", "real");
        }
        return attributes;
    }
}
