package lathe.engine.kernels;

import java.util.Arrays;

import lathe.spi.operator.BitPacking;
import lathe.spi.operator.ZeroPoints;
import lathe.spi.tensor.Tensor;

/** Scales and zero points of the groups of a quantised weight. */
final class GroupScales {
    private final FloatReader scales;
    private final ZeroPoints zeros;
    private final int groups;
    private final long zeroAddress;
    private final int zeroRowBytes;
    private final FloatReader realZeros;

    GroupScales(Tensor scales, ZeroPoints zeros, RowMath math) {
        this.scales = new FloatReader(scales, math);
        this.zeros = zeros;
        this.groups = scales.size(1);
        this.zeroAddress = zeros instanceof ZeroPoints.Packed packed ? Memory.address(packed.packed()) : 0;
        this.zeroRowBytes = zeros instanceof ZeroPoints.Packed packed ? BitPacking.rowBytes(groups, packed.bits()) : 0;
        this.realZeros = zeros instanceof ZeroPoints.Real real ? new FloatReader(real.values(), math) : null;
    }

    /** Groups of a row. */
    int groups() {
        return groups;
    }

    /** Whether all groups have one zero point. */
    boolean constantZero() {
        return zeros instanceof ZeroPoints.Constant;
    }

    /** The zero point of all groups. */
    int zero() {
        return ((ZeroPoints.Constant) zeros).value();
    }

    /** Scales of a row. */
    void scales(int row, long to) {
        scales.read((long) row * groups, groups, to);
    }

    /** Zero points of a row. */
    void zeros(int row, long to) {
        switch (zeros) {
            case ZeroPoints.Constant constant -> {
                for (int group = 0; group < groups; group++) {
                    Memory.setFloat(to + 4L * group, constant.value());
                }
            }
            case ZeroPoints.Packed packed -> {
                long at = zeroAddress + (long) row * zeroRowBytes;
                for (int group = 0; group < groups; group++) {
                    Memory.setFloat(to + 4L * group, ScalarRowMath.code(at, group, packed.bits()));
                }
            }
            case ZeroPoints.Real real -> realZeros.read((long) row * groups, groups, to);
        }
    }

    /** Scales of a row. */
    void scales(int row, float[] to) {
        scales.read((long) row * groups, groups, to);
    }

    /** Zero points of a row. */
    void zeros(int row, float[] to) {
        switch (zeros) {
            case ZeroPoints.Constant constant -> Arrays.fill(to, 0, groups, constant.value());
            case ZeroPoints.Packed packed -> {
                long at = zeroAddress + (long) row * zeroRowBytes;
                for (int group = 0; group < groups; group++) {
                    to[group] = ScalarRowMath.code(at, group, packed.bits());
                }
            }
            case ZeroPoints.Real real -> realZeros.read((long) row * groups, groups, to);
        }
    }
}
