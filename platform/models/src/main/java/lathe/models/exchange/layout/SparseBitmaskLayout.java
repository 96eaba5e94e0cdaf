package lathe.models.exchange.layout;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Set;

import lathe.models.checkpoint.StoredType;
import lathe.models.checkpoint.TensorEntry;
import lathe.spi.operator.BitPacking;
import lathe.spi.operator.LinearOperator;
import lathe.spi.operator.NmSparse;
import lathe.spi.operator.Values;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** The layout {@code sparse-24-bitmask} of compressed-tensors up to 0.12: two of four columns, a bit for each column. */
final class SparseBitmaskLayout {
    private static final int KEPT = 2;
    private static final int GROUP = 4;

    private SparseBitmaskLayout() {}

    static LinearOperator read(Parts parts, int out, int in, Scope scope) {
        parts.requireOnly("compressed", "bitmask", "shape");
        if (in % Byte.SIZE != 0) {
            throw parts.problem("it has " + in + " inputs, of which a mask byte covers 8");
        }
        CompressedTensorsLayout.requireShape(parts, parts.exact("shape", Set.of(StoredType.I64), 2, 1), out, in);
        TensorEntry values = parts.exact("compressed", Parts.FLOATS, out, in / KEPT);
        MemorySegment mask = parts.exact("bitmask", Set.of(StoredType.U8), out, in / Byte.SIZE).segment();
        int rowBytes = BitPacking.rowBytes(in / KEPT, NmSparse.placeBits(GROUP));
        Tensor places = scope.zeros(DataType.U8, out, rowBytes);
        int[] row = new int[in / KEPT];
        for (int i = 0; i < out; i++) {
            placesOf(parts, mask, i, in, row);
            BitPacking.packRow(row, row.length, NmSparse.placeBits(GROUP), places.segment(), (long) i * rowBytes);
        }
        return new NmSparse(out, in, KEPT, GROUP, places,
                new Values.Plain(values.tensor(scope).reshape(Math.multiplyExact(out, in / KEPT))));
    }

    private static void placesOf(Parts parts, MemorySegment mask, int row, int in, int[] places) {
        int count = 0;
        for (int column = 0; column < in; column++) {
            int bits = mask.get(ValueLayout.JAVA_BYTE, ((long) row * in + column) / Byte.SIZE);
            if ((bits >>> column % Byte.SIZE & 1) != 0) {
                if (count >= (column / GROUP + 1) * KEPT) {
                    throw notTwo(parts, row, column);
                }
                places[count++] = column % GROUP;
            }
            if (column % GROUP == GROUP - 1 && count != (column / GROUP + 1) * KEPT) {
                throw notTwo(parts, row, column);
            }
        }
    }

    private static RuntimeException notTwo(Parts parts, int row, int column) {
        return parts.problem("its bitmask does not keep exactly two of the columns " + column / GROUP * GROUP + " to "
                + (column / GROUP * GROUP + GROUP - 1) + " of row " + row);
    }
}
