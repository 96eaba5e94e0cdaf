package lathe.spi.tensor;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;

/** The sizes of a tensor's dimensions, outermost first. Immutable. The empty shape is a scalar's. */
public final class Shape {
    private final int[] sizes;

    private Shape(int[] sizes) {
        this.sizes = sizes;
    }

    /**
     * A shape.
     *
     * @param sizes none negative
     * @return the shape
     */
    public static Shape of(int... sizes) {
        requireNonNull(sizes, "sizes is null");
        int[] copy = sizes.clone();
        for (int size : copy) {
            if (size < 0) {
                throw new IllegalArgumentException("Shape " + Arrays.toString(copy) + " has a negative size.");
            }
        }
        return new Shape(copy);
    }

    /**
     * Number of dimensions.
     *
     * @return 0 for a scalar
     */
    public int rank() {
        return sizes.length;
    }

    /**
     * Size of a dimension.
     *
     * @param dimension from 0, or negative to count from the last (-1)
     * @return its size
     */
    public int size(int dimension) {
        int index = dimension < 0 ? sizes.length + dimension : dimension;
        if (index < 0 || index >= sizes.length) {
            throw new IllegalArgumentException("Shape " + this + " has no dimension " + dimension + ".");
        }
        return sizes[index];
    }

    /**
     * Number of elements.
     *
     * @return the product of the sizes, 1 for a scalar
     */
    public long elements() {
        long product = 1;
        for (int size : sizes) {
            product = Math.multiplyExact(product, (long) size);
        }
        return product;
    }

    /**
     * The sizes.
     *
     * @return a new array
     */
    public int[] toArray() {
        return sizes.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape shape && Arrays.equals(sizes, shape.sizes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(sizes);
    }

    @Override
    public String toString() {
        return Arrays.toString(sizes);
    }
}
