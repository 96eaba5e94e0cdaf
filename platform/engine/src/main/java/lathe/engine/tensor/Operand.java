package lathe.engine.tensor;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;

/**
 * A matrix as the product wants it: rows of float32 at equal distances, or the transpose of such a matrix.
 *
 * @param memory     from the first element on
 * @param transposed whether the stored rows are the matrix's columns
 * @param stride     elements between stored rows
 */
record Operand(MemorySegment memory, boolean transposed, int stride) {
    /** The matrix itself, if it lies that way. */
    static Optional<Operand> of(DenseTensor matrix) {
        if (matrix.type() != DataType.F32) {
            return Optional.empty();
        }
        int rows = matrix.sizes()[0];
        int columns = matrix.sizes()[1];
        long down = matrix.strides()[0];
        long across = matrix.strides()[1];
        boolean byRows = (across == 1 || columns == 1) && (rows == 1 || fits(down, columns));
        boolean byColumns = (down == 1 || rows == 1) && (columns == 1 || fits(across, rows));
        if (byRows) {
            return Optional.of(new Operand(matrix.segment(), false, rows == 1 ? columns : (int) down));
        }
        return byColumns ? Optional.of(new Operand(matrix.segment(), true, columns == 1 ? rows : (int) across))
                : Optional.empty();
    }

    private static boolean fits(long stride, int atLeast) {
        return stride >= atLeast && stride <= Integer.MAX_VALUE;
    }

    static Operand copy(DenseTensor matrix, Scope copies) {
        return new Operand(matrix.in(copies).to(DataType.F32).segment(), false, matrix.sizes()[1]);
    }

    MemorySegment fromRow(int row) {
        return memory.asSlice(4L * row * (transposed ? 1 : stride));
    }

    MemorySegment fromColumn(int column) {
        return memory.asSlice(4L * column * (transposed ? stride : 1));
    }
}
