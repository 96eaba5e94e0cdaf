package lathe.engine.kernels;

import lathe.spi.operator.BitPacking;
import lathe.spi.operator.ZeroPoints;
import lathe.spi.tensor.Tensor;

/** Scales and zero points of the groups of a quantised weight. */
final class GroupScales {
    private final RowMath math;
    private final FloatReader scales;
    private final ZeroPoints zeros;
    private final int groups;
    private final long zeroAddress;
    private final int zeroRowBytes;
    private final FloatReader realZeros;

    GroupScales(Tensor scales, ZeroPoints zeros, RowMath math) {
        this.math = math;
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

    /** Whether all zero points are integers from 0 up to a limit. */
    boolean zerosBelow(int limit) {
        return switch (zeros) {
            case ZeroPoints.Constant constant -> constant.value() >= 0 && constant.value() < limit;
            case ZeroPoints.Packed packed -> 1 << packed.bits() <= limit;
            case ZeroPoints.Real real -> realZerosBelow(real.values().elements(), limit);
        };
    }

    private boolean realZerosBelow(long count, int limit) {
        for (long i = 0; i < count; i++) {
            float zero = realZeros.get(i);
            if (!(zero >= 0 && zero < limit) || zero != (int) zero) {
                return false;
            }
        }
        return true;
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
                math.unpack(zeroAddress + (long) row * zeroRowBytes, 0, groups, packed.bits(), to);
            }
            case ZeroPoints.Real real -> realZeros.read((long) row * groups, groups, to);
        }
    }

    /** Scales of rows one after the other, in an array of this thread that a vector may be read beyond. */
    float[] scales(int from, int to) {
        float[] array = HeapScratch.scales((to - from) * groups + Lanes.N);
        try (Scratch.Frame frame = Scratch.frame()) {
            Memory.copy(scales(from, to, frame), array, (to - from) * groups);
        }
        return array;
    }

    /** Scales of rows one after the other, in memory that a vector may be read beyond. */
    long scales(int from, int to, Scratch.Frame frame) {
        long address = frame.floats((long) (to - from) * groups + Lanes.N);
        scales.read((long) from * groups, (to - from) * groups, address);
        return address;
    }

    /** Numbers from one row's zero points to the next in what {@link #zeros(int, int)} gives. */
    int zeroStride() {
        return constantZero() ? 0 : groups;
    }

    /** Zero points of rows one after the other; a single row for all where all are the same. */
    float[] zeros(int from, int to) {
        int rows = constantZero() ? 1 : to - from;
        float[] array = HeapScratch.zeros(rows * groups + Lanes.N);
        try (Scratch.Frame frame = Scratch.frame()) {
            Memory.copy(zeros(from, to, frame), array, rows * groups);
        }
        return array;
    }

    /** Zero points of rows one after the other; a single row for all where all are the same. */
    long zeros(int from, int to, Scratch.Frame frame) {
        int rows = constantZero() ? 1 : to - from;
        long address = frame.floats((long) rows * groups);
        if (zeros instanceof ZeroPoints.Packed packed && packed.bits() * groups == Byte.SIZE * zeroRowBytes) {
            // No bits between rows: all are one row.
            math.unpack(zeroAddress + (long) from * zeroRowBytes, 0, rows * groups, packed.bits(), address);
        } else {
            for (int row = 0; row < rows; row++) {
                zeros(from + row, address + 4L * groups * row);
            }
        }
        return address;
    }
}
