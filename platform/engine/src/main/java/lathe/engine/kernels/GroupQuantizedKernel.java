package lathe.engine.kernels;

import java.util.List;

import lathe.spi.operator.BitPacking;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.tensor.Tensor;

/** Codes with a scale and a zero point a group. */
final class GroupQuantizedKernel extends RowKernel {
    private final int bits;
    private final int group;
    private final long codes;
    private final int rowBytes;
    private final GroupScales scales;
    private final long columnGroups;
    private final PackedDot product;

    GroupQuantizedKernel(GroupQuantized operator, KernelTools tools) {
        super(operator.outFeatures(), operator.inFeatures(), List.copyOf(operator.parts().values()), tools);
        this.bits = operator.bits();
        this.group = operator.group();
        this.codes = Memory.address(operator.codes());
        this.rowBytes = BitPacking.rowBytes(operator.inFeatures(), bits);
        this.scales = new GroupScales(operator.scales(), operator.zeros(), tools.math());
        this.columnGroups = operator.columnGroups().map(Memory::address).orElse(0L);
        this.product = tools.math().packedDot(bits, operator.inFeatures(), group);
        operator.columnGroups().ifPresent(map -> checkGroups(map, scales.groups()));
    }

    /** Kernels read scales without asking again, so a wrong group must be found here. */
    private static void checkGroups(Tensor map, int groups) {
        for (int group : map.toInts()) {
            if (group < 0 || group >= groups) {
                throw new IllegalArgumentException(
                        "A column names group " + group + " but there are " + groups + " groups.");
            }
        }
    }

    /** Whether rows are decoded first: where columns name their group, or groups end within words of codes. */
    private boolean decodes() {
        return columnGroups != 0 || product == null;
    }

    /** Products of one shape are one object. */
    @Override
    Object arrangement() {
        return decodes() ? super.arrangement() : product;
    }

    @Override
    int arrangedSize() {
        return decodes() ? super.arrangedSize() : product.arrangedSize();
    }

    @Override
    boolean arrangesOutside() {
        return !decodes();
    }

    @Override
    void arrange(long input, long to) {
        product.arrange(input, to);
    }

    @Override
    void multiply(int from, int to, long input, long output) {
        if (rows(from, to, input, output)) {
            return;
        }
        int groups = scales.groups();
        float[] scale = scales.scales(from, to);
        float[] zero = scales.zeros(from, to);
        for (int row = from; row < to; row++) {
            float sum = product.dot(codes + (long) row * rowBytes, input, scale, groups * (row - from), zero,
                    scales.zeroStride() * (row - from));
            Memory.setFloat(output + 4L * (row - from), sum);
        }
    }

    /** Where all rows go in one loop. */
    private boolean rows(int from, int to, long input, long output) {
        if (!product.multipliesRows(input)) {
            return false;
        }
        int atOnce = Math.min(product.rowsAtOnce(), to - from);
        for (int row = from; row < to; row += atOnce) {
            int end = Math.min(row + atOnce, to);
            try (Scratch.Frame frame = Scratch.frame()) {
                long scale = scales.scales(row, end, frame);
                long zero = scales.zeros(row, end, frame);
                product.multiply(codes + (long) row * rowBytes, rowBytes, end - row, input, scale, zero,
                        4L * scales.zeroStride(), output + 4L * (row - from));
            }
        }
        return true;
    }

    @Override
    void decodeRow(int row, long to) {
        try (Scratch.Frame frame = Scratch.frame()) {
            long scale = frame.floats(scales.groups());
            long zero = frame.floats(scales.groups());
            scales.scales(row, scale);
            scales.zeros(row, zero);
            math().unpack(codes + (long) row * rowBytes, 0, inFeatures(), bits, to);
            if (columnGroups != 0) {
                dequantiseByColumn(to, scale, zero);
                return;
            }
            for (int from = 0, g = 0; from < inFeatures(); from += group, g++) {
                int count = Math.min(group, inFeatures() - from);
                math().dequantise(to + 4L * from, count, Memory.getFloat(scale + 4L * g),
                        Memory.getFloat(zero + 4L * g));
            }
        }
    }

    private void dequantiseByColumn(long row, long scale, long zero) {
        for (int column = 0; column < inFeatures(); column++) {
            long g = 4L * Memory.getInt(columnGroups + 4L * column);
            float value = Memory.getFloat(row + 4L * column) - Memory.getFloat(zero + g);
            Memory.setFloat(row + 4L * column, Memory.getFloat(scale + g) * value);
        }
    }
}
