package lathe.rsq;

import lathe.spi.tensor.Tensor;

/** An orthogonal transform of a vector, in place and in float64: of the rows of a weight (W R^T) or of its columns (R W). */
@FunctionalInterface
interface Turn {
    void apply(double[] vector);

    /** The largest power of two that divides a length. */
    static int powerOfTwo(int length) {
        return Integer.lowestOneBit(length);
    }

    /** The orthonormal Hadamard matrix in Sylvester's order over blocks of elements that stand a stride apart. */
    static Turn hadamard(int block, int stride) {
        double scale = 1 / Math.sqrt(block);
        return vector -> {
            int span = block * stride;
            for (int from = 0; from < vector.length; from += span) {
                for (int half = stride; half < span; half *= 2) {
                    for (int pair = from; pair < from + span; pair += 2 * half) {
                        for (int i = pair; i < pair + half; i++) {
                            double a = vector[i];
                            double b = vector[i + half];
                            vector[i] = a + b;
                            vector[i + half] = a - b;
                        }
                    }
                }
            }
            for (int i = 0; i < vector.length; i++) {
                vector[i] *= scale;
            }
        };
    }

    /** x becomes Q^T x for Q = diag(signs) H / sqrt(block): what a row vector times Q is, too. */
    static Turn signed(float[] signs, int block) {
        return signed(signs, hadamard(block, 1));
    }

    /** A transform of what the signs leave. */
    static Turn signed(float[] signs, Turn turn) {
        return vector -> {
            for (int i = 0; i < vector.length; i++) {
                vector[i] *= signs[i];
            }
            turn.apply(vector);
        };
    }

    /** x becomes M x. */
    static Turn matrix(double[][] matrix) {
        return vector -> {
            double[] product = new double[vector.length];
            for (int i = 0; i < product.length; i++) {
                for (int k = 0; k < vector.length; k++) {
                    product[i] += matrix[i][k] * vector[k];
                }
            }
            System.arraycopy(product, 0, vector, 0, vector.length);
        };
    }

    /** Turns every row of a matrix, in place. */
    default void rows(Tensor matrix) {
        float[] row = new float[matrix.size(1)];
        double[] exact = new double[row.length];
        for (int i = 0; i < matrix.size(0); i++) {
            matrix.copyRow(i, row);
            for (int j = 0; j < row.length; j++) {
                exact[j] = row[j];
            }
            apply(exact);
            matrix.setRow(i, Importance.floats(exact));
        }
    }

    /** The matrix with every column turned. */
    default Tensor columns(Tensor matrix) {
        Tensor transposed = matrix.transpose().copy();
        rows(transposed);
        return transposed.transpose().copy();
    }

    /** The turned vector. */
    default Tensor vector(Tensor vector) {
        Tensor row = vector.copy().reshape(1, vector.size(0));
        rows(row);
        return row.reshape(vector.size(0));
    }
}
