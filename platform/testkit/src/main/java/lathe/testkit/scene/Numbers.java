package lathe.testkit.scene;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import java.util.List;

import lathe.spi.tensor.Tensor;

/**
 * Numbers of any type in double precision, to be compared.
 *
 * @param shape  sizes, outermost first; empty for a scalar
 * @param values row-major
 * @param filler what rows are filled up with when the other side's are longer
 */
public record Numbers(int[] shape, double[] values, double filler) {
    /** What lists of indices are filled up with. */
    public static final double NO_INDEX = -1;

    /** Checks that the shape fits the values. */
    public Numbers {
        requireNonNull(shape, "shape is null");
        requireNonNull(values, "values is null");
        if (elements(shape) != values.length) {
            throw new IllegalArgumentException(
                    values.length + " values do not have the shape " + Arrays.toString(shape) + ".");
        }
    }

    private static long elements(int[] shape) {
        long product = 1;
        for (int size : shape) {
            product *= size;
        }
        return product;
    }

    /**
     * A copy of a tensor.
     *
     * @param tensor any type
     * @return its numbers
     */
    public static Numbers of(Tensor tensor) {
        float[] floats = tensor.toFloats();
        double[] values = new double[floats.length];
        for (int i = 0; i < floats.length; i++) {
            values[i] = floats[i];
        }
        return new Numbers(tensor.shape().toArray(), values, tensor.type().isFloat() ? 0 : NO_INDEX);
    }

    /**
     * One number.
     *
     * @param value the number
     * @return a scalar
     */
    public static Numbers of(double value) {
        return new Numbers(new int[0], new double[] {value}, 0);
    }

    /**
     * A vector.
     *
     * @param values its elements
     * @return the vector
     */
    public static Numbers of(int... values) {
        return new Numbers(new int[] {values.length}, Arrays.stream(values).asDoubleStream().toArray(), NO_INDEX);
    }

    /**
     * Rows of different lengths, filled up to the longest.
     *
     * @param outer  shape of the rows' arrangement, as many as there are rows
     * @param rows   the rows
     * @param filler what short rows are filled up with
     * @return [outer, longest]
     */
    public static Numbers ragged(int[] outer, List<double[]> rows, double filler) {
        int longest = rows.stream().mapToInt(row -> row.length).max().orElse(0);
        double[] values = new double[rows.size() * longest];
        Arrays.fill(values, filler);
        for (int i = 0; i < rows.size(); i++) {
            System.arraycopy(rows.get(i), 0, values, i * longest, rows.get(i).length);
        }
        int[] shape = Arrays.copyOf(outer, outer.length + 1);
        shape[outer.length] = longest;
        return new Numbers(shape, values, filler);
    }

    /**
     * Size of a dimension.
     *
     * @param dimension from 0
     * @return the size
     */
    public int size(int dimension) {
        return shape[dimension];
    }

    /**
     * The same numbers with the last dimension filled up.
     *
     * @param width its new size
     * @return this if it is wide enough
     */
    public Numbers widened(int width) {
        int rank = shape.length;
        if (rank == 0 || shape[rank - 1] >= width) {
            return this;
        }
        int[] wider = shape.clone();
        wider[rank - 1] = width;
        double[] filled = new double[Math.toIntExact(elements(wider))];
        Arrays.fill(filled, filler);
        int rowLength = shape[rank - 1];
        for (int row = 0; rowLength > 0 && row < values.length / rowLength; row++) {
            System.arraycopy(values, row * rowLength, filled, row * width, rowLength);
        }
        return new Numbers(wider, filled, filler);
    }

    /**
     * Sizes without those of one, so that a scalar and a vector of one element are the same.
     *
     * @return the sizes above or below one
     */
    public int[] tightShape() {
        return Arrays.stream(shape).filter(size -> size != 1).toArray();
    }

    @Override
    public String toString() {
        return "numbers of shape " + Arrays.toString(shape);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Numbers numbers
                && Arrays.equals(shape, numbers.shape)
                && Arrays.equals(values, numbers.values);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(values);
    }
}
