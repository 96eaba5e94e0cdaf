package lathe.spi.weight;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

import lathe.spi.numeric.Parallel;
import lathe.spi.operator.BitPacking;
import lathe.spi.operator.Codebook;
import lathe.spi.operator.SmallFloat;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Rounding of a weight to small floats with a scale a group: weight = tensorScale * scale * number.
 *
 * @param format      the numbers
 * @param group       consecutive inputs of an output row that share a scale; 0 for no scales of groups
 * @param scaleType   how scales are stored: a float type, or U8 for powers of two (value e means 2^(e-127))
 * @param tensorScale one more factor of the whole weight
 * @param rule        the scale of a group
 */
public record ScaledFloats(
        SmallFloat format, int group, DataType scaleType, float tensorScale, ScaleRule rule) {
    /** Says that the tensor's scale is the only one. */
    private static final int NO_GROUPS = 0;
    private static final int ROWS_A_TASK = 16;
    private static final int POWER_BIAS = 127;
    private static final int LARGEST_POWER = 254;

    /** The scale of a group. */
    @FunctionalInterface
    public interface ScaleRule {
        /**
         * Chooses a scale, which is then rounded to the type that scales are stored in.
         *
         * @param largest largest magnitude of the group
         * @return the scale without the tensor's; a power of two where powers of two are stored
         */
        float scale(float largest);
    }

    /** Checks the parts. */
    public ScaledFloats {
        requireNonNull(format, "format is null");
        requireNonNull(scaleType, "scaleType is null");
        requireNonNull(rule, "rule is null");
        if (!(tensorScale > 0 && tensorScale < Float.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("A tensor's scale is positive and finite, not " + tensorScale + ".");
        }
    }

    /**
     * Rounding with the tensor's scale alone.
     *
     * @param format      the numbers
     * @param tensorScale the scale
     * @return a rounding that stores no scales of groups
     */
    public static ScaledFloats whole(SmallFloat format, float tensorScale) {
        return new ScaledFloats(format, NO_GROUPS, DataType.F32, tensorScale, largest -> 1);
    }

    /**
     * The largest magnitude of a weight.
     *
     * @param weight [out, in]
     * @return finite, not negative
     * @throws IllegalArgumentException if a weight is NaN or infinite
     */
    public static float largest(Tensor weight) {
        float[] row = new float[weight.size(1)];
        float largest = 0;
        for (int i = 0; i < weight.size(0); i++) {
            weight.copyRow(i, row);
            requireFinite(row, i);
            largest = Math.max(largest, largest(row, 0, row.length));
        }
        return largest;
    }

    /**
     * Rounds a weight. Scales are rounded to what is stored before codes are taken; one that vanishes becomes the smallest
     * that can be stored. Zeros stay exactly zero.
     *
     * @param weight   [out, in] float32
     * @param parallel loops over rows
     * @param scope    where the result lives
     * @return the stored form
     * @throws IllegalArgumentException if a weight is NaN or infinite
     */
    public Codebook round(Tensor weight, Parallel parallel, Scope scope) {
        int rows = weight.size(0);
        int columns = weight.size(1);
        int width = group == NO_GROUPS ? columns : group;
        Tensor codes = scope.zeros(DataType.U8, rows, BitPacking.rowBytes(columns, format.bits()));
        Optional<Tensor> scales = group == NO_GROUPS
                ? Optional.empty()
                : Optional.of(scope.zeros(scaleType, rows, (columns + width - 1) / width));
        parallel.forEach(rows, ROWS_A_TASK, (from, to) -> {
            float[] row = new float[columns];
            int[] rowCodes = new int[columns];
            for (int i = from; i < to; i++) {
                weight.copyRow(i, row);
                requireFinite(row, i);
                for (int start = 0; start < columns; start += width) {
                    int end = Math.min(columns, start + width);
                    float scale = scales.isEmpty() ? 1 : store(scales.get(), i, start / width, row, start, end);
                    roundSome(row, start, end, scale * tensorScale, rowCodes);
                }
                BitPacking.packRow(rowCodes, columns, format.bits(), codes.row(i).segment(), 0);
            }
        });
        return new Codebook(
                rows, columns, format.bits(), codes, format.table(scope), width, scales, tensorScale);
    }

    private static void requireFinite(float[] row, int index) {
        for (int j = 0; j < row.length; j++) {
            if (Float.isNaN(row[j]) || Float.isInfinite(row[j])) {
                throw new IllegalArgumentException("The weight at row " + index + ", column " + j + " is " + row[j]
                        + ": no scale makes it a small number.");
            }
        }
    }

    private static float largest(float[] weights, int from, int to) {
        float largest = 0;
        for (int j = from; j < to; j++) {
            largest = Math.max(largest, Math.abs(weights[j]));
        }
        return largest;
    }

    private void roundSome(float[] row, int from, int to, float scale, int[] codes) {
        for (int j = from; j < to; j++) {
            codes[j] = scale == 0 ? 0 : format.code(row[j] / scale);
        }
    }

    /** Stores the scale of a group and reads it back. */
    private float store(Tensor scales, int row, int index, float[] weights, int from, int to) {
        float largest = largest(weights, from, to);
        if (scaleType == DataType.U8) {
            int power = largest == 0 ? 0 : Math.getExponent(rule.scale(largest)) + POWER_BIAS;
            scales.set(Math.clamp(power, 0, LARGEST_POWER), row, index);
            return Math.scalb(1f, (int) scales.get(row, index) - POWER_BIAS);
        }
        scales.set(largest == 0 ? 1 : rule.scale(largest), row, index);
        if (scales.get(row, index) == 0) {
            scales.set(smallest(), row, index);
        }
        return (float) scales.get(row, index);
    }

    private float smallest() {
        return switch (scaleType) {
            case F8_E4M3 -> SmallFloat.E4M3.value(1);
            case F16 -> 0x1p-24f;
            case BF16 -> 0x1p-133f;
            case F32 -> Float.MIN_VALUE;
            default -> throw new IllegalArgumentException("Scales are not stored as " + scaleType + ".");
        };
    }
}
