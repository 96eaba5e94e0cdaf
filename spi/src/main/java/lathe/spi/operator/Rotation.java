package lathe.spi.operator;

import java.util.SequencedMap;

import lathe.spi.tensor.Tensor;

/** A rotation of a linear's input, done while the model runs. */
public sealed interface Rotation {
    /**
     * Length of the vectors that it rotates.
     *
     * @return features
     */
    int features();

    /**
     * Tensors that must be stored.
     *
     * @return empty where the rotation is known
     */
    SequencedMap<String, Tensor> parts();

    /**
     * An orthonormal Hadamard matrix in Sylvester's order over blocks of the input: over consecutive elements, or over
     * elements that stand {@code stride} apart, such as the same element of several heads.
     *
     * @param features length of the input, a multiple of block * stride
     * @param block    order of the Hadamard matrix, a power of two
     * @param stride   distance of the elements that it mixes
     */
    record Hadamard(int features, int block, int stride) implements Rotation {
        /** Checks that blocks fit. */
        public Hadamard {
            Checks.positive("The stride", stride);
            if (Integer.bitCount(block) != 1 || features % ((long) block * stride) != 0) {
                throw new IllegalArgumentException("A Hadamard matrix of order " + block + " at a stride of " + stride
                        + " does not divide " + features + " features.");
            }
        }

        /**
         * Over consecutive elements.
         *
         * @param features length of the input, a multiple of the block
         * @param block    order of the Hadamard matrix, a power of two
         */
        public Hadamard(int features, int block) {
            this(features, block, 1);
        }

        @Override
        public SequencedMap<String, Tensor> parts() {
            return Parts.of();
        }
    }

    /**
     * Any orthogonal matrix: the input x becomes matrix x.
     *
     * @param matrix [features, features]
     */
    record Matrix(Tensor matrix) implements Rotation {
        /** Checks that the matrix is square. */
        public Matrix {
            Checks.matrix("A rotation", matrix);
            Checks.shape("A rotation", matrix, matrix.size(0), matrix.size(0));
        }

        @Override
        public int features() {
            return matrix.size(0);
        }

        @Override
        public SequencedMap<String, Tensor> parts() {
            return Parts.of("rotation", matrix);
        }
    }
}
