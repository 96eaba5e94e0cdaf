package lathe.engine.kernels;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Tensor;

/**
 * Rows of float32 numbers.
 *
 * @param address first number
 * @param stride  distance of rows in numbers
 * @param rows    how many rows
 * @param columns numbers of a row, next to each other
 */
record Batch(long address, long stride, int rows, int columns) {
    /**
     * A matrix.
     *
     * @param what   its name in errors
     * @param tensor [rows, columns], float32, numbers of a row next to each other
     * @return its memory
     */
    static Batch of(String what, Tensor tensor) {
        if (tensor.rank() != 2 || tensor.type() != DataType.F32 || tensor.size(1) > 1 && tensor.stride(1) != 1) {
            throw new IllegalArgumentException(what + " must be a float32 matrix with rows in one piece, not "
                    + tensor.type() + " " + tensor.shape() + ".");
        }
        return new Batch(Memory.address(tensor), tensor.stride(0), tensor.size(0), tensor.size(1));
    }

    /**
     * The rows of a tensor of any rank along its last dimension.
     *
     * @param what   its name in errors
     * @param tensor float32; contiguous, or a matrix with rows in one piece
     * @return its memory
     */
    static Batch rows(String what, Tensor tensor) {
        if (tensor.rank() == 2) {
            return of(what, tensor);
        }
        if (tensor.type() != DataType.F32 || !tensor.isContiguous() || tensor.rank() == 0) {
            throw new IllegalArgumentException(what + " must be float32 without gaps, not " + tensor.type() + " "
                    + tensor.shape() + ".");
        }
        int columns = tensor.size(-1);
        int rows = columns == 0 ? 0 : Math.toIntExact(tensor.elements() / columns);
        return new Batch(Memory.address(tensor), columns, rows, columns);
    }

    /**
     * Checks that two batches have the same size.
     *
     * @param operation what is done, for the error
     * @param other     the other batch
     */
    void requireSameSize(String operation, Batch other) {
        if (rows != other.rows || columns != other.columns) {
            throw new IllegalArgumentException(operation + " needs equal shapes but got [" + rows + ", " + columns
                    + "] and [" + other.rows + ", " + other.columns + "].");
        }
    }

    long row(int index) {
        return address + 4 * stride * index;
    }

    Batch columns(int from, int to) {
        return new Batch(address + 4L * from, stride, rows, to - from);
    }
}
