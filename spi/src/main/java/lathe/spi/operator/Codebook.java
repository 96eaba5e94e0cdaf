package lathe.spi.operator;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import java.util.SequencedMap;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Tensor;

/**
 * Codes that look their value up: W[i][j] = scale[i][g] * table[code[i][j]] for formats such as FP8, MXFP4, NVFP4 and
 * k-means, where each row may have a table of its own.
 *
 * @param outFeatures rows
 * @param inFeatures  columns
 * @param bits        bits of a code, 1 to 8
 * @param codes       U8 [out, rowBytes(in, bits)], packed by {@link BitPacking}
 * @param table       [2^bits] for all rows or [out, 2^bits], any float type
 * @param group       columns that share a scale; equal to inFeatures for one a row
 * @param scales      [out, groups]; U8 holds powers of two (value e means 2^(e-127), the MX formats), F8_E4M3 the NVFP4
 *                    scales, otherwise a float type; empty for no scale
 * @param tensorScale one more factor of the whole weight (NVFP4), 1 otherwise
 */
public record Codebook(
        int outFeatures,
        int inFeatures,
        int bits,
        Tensor codes,
        Tensor table,
        int group,
        Optional<Tensor> scales,
        float tensorScale) implements LinearOperator {
    /** Checks that all shapes agree. */
    public Codebook {
        Checks.positive("The number of rows", outFeatures);
        Checks.positive("The number of columns", inFeatures);
        Checks.positive("The group size", group);
        Checks.type("Codes", codes, DataType.U8);
        Checks.shape("Packed codes", codes, outFeatures, BitPacking.rowBytes(inFeatures, bits));
        requireNonNull(table, "table is null");
        if (table.rank() == 1) {
            Checks.shape("The table", table, 1 << bits);
        } else {
            Checks.shape("The table", table, outFeatures, 1 << bits);
        }
        requireNonNull(scales, "scales is null");
        int groups = (inFeatures + group - 1) / group;
        scales.ifPresent(s -> Checks.shape("Scales", s, outFeatures, groups));
    }

    @Override
    public String form() {
        return "codebook";
    }

    @Override
    public SequencedMap<String, Tensor> parts() {
        SequencedMap<String, Tensor> parts = Parts.of("codes", codes);
        parts.put("table", table);
        scales.ifPresent(s -> parts.put("scales", s));
        return parts;
    }

    @Override
    public SequencedMap<String, String> attributes() {
        SequencedMap<String, String> attributes = Parts.of("bits", Integer.toString(bits));
        attributes.put("group", Integer.toString(group));
        attributes.put("in", Integer.toString(inFeatures));
        attributes.put("tensor_scale", Float.toString(tensorScale));
        return attributes;
    }
}
