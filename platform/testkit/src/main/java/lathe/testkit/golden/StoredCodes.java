package lathe.testkit.golden;

import java.util.Arrays;

import lathe.spi.operator.BitPacking;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.operator.ZeroPoints;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.testkit.scene.Numbers;

/**
 * Codes, scales and zero points read back from the packed form.
 *
 * @param codes    [out, in]
 * @param scales   [out, groups]
 * @param zeros    [out, groups]
 * @param groupOf  the group of every column
 */
record StoredCodes(Numbers codes, Numbers scales, Numbers zeros, int[] groupOf) {
    static StoredCodes of(GroupQuantized operator) {
        int rows = operator.outFeatures();
        int columns = operator.inFeatures();
        int[] groupOf = operator.columnGroups().map(Tensor::toInts).orElseGet(() -> consecutive(operator));
        return new StoredCodes(
                unpack(operator.codes(), rows, columns, operator.bits()),
                Numbers.of(operator.scales()),
                zeros(operator),
                groupOf);
    }

    /** Zero point of an entry's group. */
    double zero(int row, int column) {
        return zeros.values()[row * zeros.size(1) + groupOf[column]];
    }

    /** W = scale * (code - zero) in float32. */
    Tensor decode(Scope scope) {
        int rows = codes.size(0);
        int columns = codes.size(1);
        Tensor weight = scope.zeros(rows, columns);
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                float scale = (float) scales.values()[row * scales.size(1) + groupOf[column]];
                float steps = (float) (codes.values()[row * columns + column] - zero(row, column));
                weight.set(scale * steps, row, column);
            }
        }
        return weight;
    }

    private static int[] consecutive(GroupQuantized operator) {
        int[] groupOf = new int[operator.inFeatures()];
        for (int column = 0; column < groupOf.length; column++) {
            groupOf[column] = column / operator.group();
        }
        return groupOf;
    }

    private static Numbers zeros(GroupQuantized operator) {
        int rows = operator.outFeatures();
        int groups = operator.groups();
        return switch (operator.zeros()) {
            case ZeroPoints.Packed packed -> unpack(packed.packed(), rows, groups, packed.bits());
            case ZeroPoints.Real real -> Numbers.of(real.values());
            case ZeroPoints.Constant constant -> same(constant.value(), rows, groups);
        };
    }

    private static Numbers same(double value, int rows, int columns) {
        double[] values = new double[rows * columns];
        Arrays.fill(values, value);
        return new Numbers(new int[] {rows, columns}, values, 0);
    }

    private static Numbers unpack(Tensor packed, int rows, int columns, int bits) {
        double[] values = new double[rows * columns];
        int[] row = new int[columns];
        for (int i = 0; i < rows; i++) {
            BitPacking.unpackRow(packed.row(i).segment(), 0, columns, bits, row);
            for (int j = 0; j < columns; j++) {
                values[i * columns + j] = row[j];
            }
        }
        return new Numbers(new int[] {rows, columns}, values, 0);
    }
}
