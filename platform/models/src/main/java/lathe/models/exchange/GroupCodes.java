package lathe.models.exchange;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Optional;

import lathe.spi.operator.BitPacking;
import lathe.spi.operator.BitmaskSparse;
import lathe.spi.operator.GroupQuantized;
import lathe.spi.operator.LinearOperator;
import lathe.spi.operator.NmSparse;
import lathe.spi.operator.Values;
import lathe.spi.operator.ZeroPoints;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Pruned weights with quantised values as codes of all entries, as other engines know them: what was pruned gets the code
 * of zero, so that values stay the same to the bit.
 */
final class GroupCodes {
    private GroupCodes() {}

    /** Whether a weight is stored as codes in groups, all entries or those that a pruner left. */
    static boolean has(LinearOperator operator) {
        return operator instanceof GroupQuantized || values(operator).isPresent();
    }

    /**
     * The codes of all entries.
     *
     * @param operator a form that {@link #has} knows
     * @param scope    where codes live that must be made
     * @return the same values; empty if its zero points are no integers, so that no code means zero
     */
    static Optional<GroupQuantized> of(LinearOperator operator, Scope scope) {
        if (operator instanceof GroupQuantized quantized) {
            return Optional.of(quantized);
        }
        Values.Packed values = values(operator).orElseThrow();
        if (values.zeros() instanceof ZeroPoints.Real) {
            return Optional.empty();
        }
        int out = operator.outFeatures();
        int in = operator.inFeatures();
        Tensor codes = scope.zeros(DataType.U8, out, BitPacking.rowBytes(in, values.bits()));
        int[] row = new int[in];
        int[] places = new int[in];
        for (int i = 0; i < out; i++) {
            for (int j = 0; j < in; j++) {
                row[j] = zero(values.zeros(), i, j / values.group());
            }
            int kept = kept(operator, i, places);
            int first = first(operator, i);
            for (int k = 0; k < kept; k++) {
                row[places[k]] = BitPacking.get(values.codes().segment(), 0, first + k, values.bits());
            }
            BitPacking.packRow(row, in, values.bits(), codes.segment(),
                    (long) i * BitPacking.rowBytes(in, values.bits()));
        }
        return Optional.of(new GroupQuantized(out, in, values.bits(), values.group(), codes, values.scales(),
                values.zeros(), Optional.empty()));
    }

    private static Optional<Values.Packed> values(LinearOperator operator) {
        Values values = switch (operator) {
            case NmSparse sparse -> sparse.values();
            case BitmaskSparse sparse -> sparse.values();
            default -> null;
        };
        return values instanceof Values.Packed packed ? Optional.of(packed) : Optional.empty();
    }

    private static int zero(ZeroPoints zeros, int row, int group) {
        return switch (zeros) {
            case ZeroPoints.Constant constant -> constant.value();
            case ZeroPoints.Packed packed -> BitPacking.get(packed.packed().segment(),
                    (long) row * packed.packed().size(1), group, packed.bits());
            case ZeroPoints.Real real -> throw new IllegalArgumentException("Real zero points are no codes.");
        };
    }

    /** Index of a row's first value. */
    private static int first(LinearOperator operator, int row) {
        return operator instanceof NmSparse sparse ? row * sparse.keptPerRow()
                : (int) ((BitmaskSparse) operator).rowStarts().get(row);
    }

    /** Columns of a row's values in their order. */
    private static int kept(LinearOperator operator, int row, int[] places) {
        if (operator instanceof NmSparse sparse) {
            int[] within = new int[sparse.keptPerRow()];
            int bits = NmSparse.placeBits(sparse.group());
            BitPacking.unpackRow(sparse.places().segment(), (long) row * sparse.places().size(1), within.length, bits,
                    within);
            Arrays.setAll(within, k -> k / sparse.kept() * sparse.group() + within[k]);
            System.arraycopy(within, 0, places, 0, within.length);
            return within.length;
        }
        Tensor bitmap = ((BitmaskSparse) operator).bitmap();
        MemorySegment bits = bitmap.segment();
        int count = 0;
        for (int column = 0; column < operator.inFeatures(); column++) {
            long at = (long) row * bitmap.size(1) + column / 8;
            if ((bits.get(ValueLayout.JAVA_BYTE, at) >>> column % 8 & 1) != 0) {
                places[count++] = column;
            }
        }
        return count;
    }
}
