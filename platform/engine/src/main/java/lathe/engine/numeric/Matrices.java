package lathe.engine.numeric;

import java.lang.foreign.MemorySegment;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Arguments of decompositions: checks, and float64 copies to work on. */
final class Matrices {
    private Matrices() {}

    static void requireMatrix(String operation, Tensor matrix) {
        if (matrix.rank() != 2) {
            throw new IllegalArgumentException(operation + ": a tensor of " + matrix.shape() + " is not a matrix.");
        }
        // The largest absolute value is NaN or infinite exactly if some element is.
        if (!Double.isFinite(matrix.maxAbs())) {
            throw new IllegalArgumentException(operation + ": the matrix of " + matrix.shape()
                    + " has an element that is NaN or infinite.");
        }
    }

    static void requireSquare(String operation, Tensor matrix) {
        requireMatrix(operation, matrix);
        if (matrix.size(0) != matrix.size(1)) {
            throw new IllegalArgumentException(operation + ": a matrix of " + matrix.shape() + " is not square.");
        }
    }

    static void requireLeastSquares(Tensor left, Tensor right, double ridge) {
        requireMatrix("leastSquares", left);
        requireMatrix("leastSquares", right);
        if (right.size(0) != left.size(0)) {
            throw new IllegalArgumentException("leastSquares: " + left.shape() + " and " + right.shape()
                    + " do not fit together.");
        }
        if (!(ridge >= 0) || Double.isInfinite(ridge)) {
            throw new IllegalArgumentException("leastSquares: a ridge is at least 0, but this is " + ridge + ".");
        }
    }

    static void requireTriangular(Tensor triangle, Tensor right) {
        requireSquare("solveTriangular", triangle);
        requireMatrix("solveTriangular", right);
        if (right.size(0) != triangle.size(0)) {
            throw new IllegalArgumentException("solveTriangular: " + triangle.shape() + " and " + right.shape()
                    + " do not fit together.");
        }
        for (int i = 0; i < triangle.size(0); i++) {
            if (triangle.get(i, i) == 0) {
                throw new IllegalArgumentException("solveTriangular: element " + i + " of the diagonal is zero.");
            }
        }
    }

    /** The first elements of a row, exactly. */
    static double[] row(Tensor matrix, int row, int count) {
        double[] values = new double[count];
        if (matrix.type() == DataType.F64) {
            for (int j = 0; j < count; j++) {
                values[j] = matrix.get(row, j);
            }
            return values;
        }
        float[] all = new float[matrix.size(1)];
        matrix.copyRow(row, all);
        for (int j = 0; j < count; j++) {
            values[j] = all[j];
        }
        return values;
    }

    /** A row-major copy in float64. */
    static MemorySegment byRows(Tensor matrix, Scope work) {
        return matrix.in(work).to(DataType.F64).segment();
    }

    /** A column-major copy in float64. */
    static MemorySegment byColumns(Tensor matrix, Scope work) {
        return matrix.transpose().in(work).to(DataType.F64).segment();
    }

    static MemorySegment zeros(Scope work, int... sizes) {
        return work.zeros(DataType.F64, sizes).segment();
    }

    /** A float32 result from row-major float64. */
    static Tensor result(MemorySegment memory, Scope work, Scope scope, int... sizes) {
        return work.over(memory, DataType.F64, sizes).in(scope).to(DataType.F32);
    }
}
