package lathe.testkit.scene;

import lathe.spi.operator.BitPacking;
import lathe.spi.operator.Codebook;
import lathe.spi.operator.Csr;
import lathe.spi.operator.Dense;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.operator.LinearOperator;
import lathe.spi.operator.Rotated;
import lathe.spi.operator.Rotation;
import lathe.spi.operator.Sum;
import lathe.spi.operator.TileQuantized;
import lathe.spi.operator.ZeroPoints;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Stored forms read back entry by entry, from their definition. */
public final class OperatorView {
    /** Exponent of the power of two that a byte of zero stands for, negated. */
    private static final int POWER_BIAS = 127;

    private OperatorView() {}

    /**
     * The dense matrix of a stored form.
     *
     * @param operator dense, quantised, sparse rows, behind a rotation, or a sum of such
     * @param scope    where the result lives
     * @return [out, in] float32
     */
    public static Tensor dense(LinearOperator operator, Scope scope) {
        return switch (operator) {
            case Dense dense -> dense.weight().in(scope).copy();
            case GroupQuantized codes -> decode(codes, scope);
            case Codebook codes -> decode(codes, scope);
            case TileQuantized codes -> decode(codes, scope);
            case Csr sparse -> decode(sparse, scope);
            case Rotated rotated -> dense(rotated.inner(), scope).matmul(matrix(rotated.rotation(), scope));
            case Sum sum -> sum.terms().stream().map(term -> dense(term, scope)).reduce(Tensor::add).orElseThrow();
            default -> throw new IllegalArgumentException("No reference decodes the form " + operator.form() + ".");
        };
    }

    private static Tensor decode(GroupQuantized operator, Scope scope) {
        Tensor weight = scope.zeros(operator.outFeatures(), operator.inFeatures());
        Tensor codes = codes(operator, scope);
        Tensor zeros = zeros(operator, scope);
        for (int row = 0; row < operator.outFeatures(); row++) {
            for (int column = 0; column < operator.inFeatures(); column++) {
                int group = group(operator, column);
                float scale = (float) operator.scales().get(row, group);
                weight.set(scale * (float) (codes.get(row, column) - zeros.get(row, group)), row, column);
            }
        }
        return weight;
    }

    private static Tensor decode(TileQuantized operator, Scope scope) {
        Tensor weight = scope.zeros(operator.outFeatures(), operator.inFeatures());
        for (int row = 0; row < operator.outFeatures(); row++) {
            for (int place = 0; place < operator.inFeatures(); place++) {
                int at = place;
                int column = operator.order().map(order -> (int) order.get(at)).orElse(place);
                weight.set(operator.value(row, place), row, column);
            }
        }
        return weight;
    }

    private static Tensor decode(Csr operator, Scope scope) {
        Tensor weight = scope.zeros(operator.outFeatures(), operator.inFeatures());
        for (int row = 0; row < operator.outFeatures(); row++) {
            for (int i = (int) operator.rowStarts().get(row); i < (int) operator.rowStarts().get(row + 1); i++) {
                weight.set(operator.values().get(i), row, (int) operator.columns().get(i));
            }
        }
        return weight;
    }

    /** Entry (i, j) of an orthonormal Hadamard matrix in Sylvester's order: the parity of the common bits of i and j. */
    private static Tensor matrix(Rotation rotation, Scope scope) {
        if (rotation instanceof Rotation.Matrix stored) {
            return stored.matrix().in(scope);
        }
        Rotation.Hadamard hadamard = (Rotation.Hadamard) rotation;
        Tensor matrix = scope.zeros(rotation.features(), rotation.features());
        int stride = hadamard.stride();
        int span = hadamard.block() * stride;
        for (int i = 0; i < rotation.features(); i++) {
            for (int k = 0; k < hadamard.block(); k++) {
                int sign = Integer.bitCount(i % span / stride & k) % 2 == 0 ? 1 : -1;
                matrix.set(sign / Math.sqrt(hadamard.block()), i, i / span * span + k * stride + i % stride);
            }
        }
        return matrix;
    }

    private static Tensor decode(Codebook operator, Scope scope) {
        Tensor weight = scope.zeros(operator.outFeatures(), operator.inFeatures());
        Tensor table = operator.table();
        for (int row = 0; row < operator.outFeatures(); row++) {
            for (int column = 0; column < operator.inFeatures(); column++) {
                int code = BitPacking.get(operator.codes().row(row).segment(), 0, column, operator.bits());
                double value = table.rank() == 1 ? table.get(code) : table.get(row, code);
                weight.set(value * scale(operator, row, column / operator.group()), row, column);
            }
        }
        return weight;
    }

    /** The scale of a group times that of the tensor. */
    private static double scale(Codebook operator, int row, int group) {
        double whole = operator.tensorScale();
        return operator.scales().map(scales -> scales.type() == DataType.U8
                ? Math.scalb(whole, (int) scales.get(row, group) - POWER_BIAS)
                : whole * scales.get(row, group)).orElse(whole);
    }

    /**
     * The group of a column.
     *
     * @param operator the weight
     * @param column   the column
     * @return its group
     */
    public static int group(GroupQuantized operator, int column) {
        return operator.columnGroups().map(map -> (int) map.get(column)).orElse(column / operator.group());
    }

    /**
     * Unpacked codes.
     *
     * @param operator the weight
     * @param scope    where the result lives
     * @return [out, in]
     */
    public static Tensor codes(GroupQuantized operator, Scope scope) {
        return unpack(operator.codes(), operator.inFeatures(), operator.bits(), scope);
    }

    /**
     * Unpacked zero points.
     *
     * @param operator the weight
     * @param scope    where the result lives
     * @return [out, groups]
     */
    public static Tensor zeros(GroupQuantized operator, Scope scope) {
        return switch (operator.zeros()) {
            case ZeroPoints.Packed packed -> unpack(packed.packed(), operator.groups(), packed.bits(), scope);
            case ZeroPoints.Real real -> real.values().in(scope).copy();
            case ZeroPoints.Constant constant -> scope.zeros(operator.outFeatures(), operator.groups())
                    .fill(constant.value());
        };
    }

    private static Tensor unpack(Tensor packed, int columns, int bits, Scope scope) {
        Tensor unpacked = scope.zeros(packed.size(0), columns);
        int[] codes = new int[columns];
        float[] row = new float[columns];
        for (int i = 0; i < packed.size(0); i++) {
            BitPacking.unpackRow(packed.row(i).segment(), 0, columns, bits, codes);
            for (int j = 0; j < columns; j++) {
                row[j] = codes[j];
            }
            unpacked.setRow(i, row);
        }
        return unpacked;
    }
}
