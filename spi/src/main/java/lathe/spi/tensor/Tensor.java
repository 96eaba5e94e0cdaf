package lathe.spi.tensor;

import java.lang.foreign.MemorySegment;

/**
 * A dense array of numbers outside the Java heap. Operations are eager, check shapes (an error names the operation and
 * both shapes) and put their results, always contiguous and in float32 unless stated otherwise, into the scope of the
 * tensor they are called on: {@code weight.in(scope).abs()} works in {@code scope}. Views ({@link #row}, {@link #slice},
 * {@link #reshape}, {@link #transpose}) copy nothing.
 *
 * <p>All element types can be read by every operation; arithmetic is done in float32, sums of more than a few elements
 * accumulate in float64 or pairwise. Writing rounds to nearest even.
 *
 * <p>Inner loops that no operation covers go over {@link #segment()} with the Vector API.
 */
public interface Tensor {
    // ---- what it is

    /**
     * The element type.
     *
     * @return the type
     */
    DataType type();

    /**
     * The shape.
     *
     * @return sizes, outermost first
     */
    Shape shape();

    /**
     * Distance between neighbours of a dimension.
     *
     * @param dimension from 0, or negative to count from the last
     * @return elements
     */
    long stride(int dimension);

    /**
     * Whether elements lie in row-major order without gaps.
     *
     * @return true if {@link #segment()} can be read in one go
     */
    boolean isContiguous();

    /**
     * The memory from this tensor's first element on. Of a contiguous tensor it has exactly the tensor's bytes.
     *
     * @return a slice; writing to it writes to the tensor
     */
    MemorySegment segment();

    /**
     * The scope in which results of this tensor's operations live.
     *
     * @return the scope
     */
    Scope scope();

    /**
     * The same elements with results going elsewhere.
     *
     * @param scope where results of operations shall live
     * @return a view
     */
    Tensor in(Scope scope);

    /**
     * Number of dimensions.
     *
     * @return the rank
     */
    default int rank() {
        return shape().rank();
    }

    /**
     * Size of a dimension.
     *
     * @param dimension from 0, or negative to count from the last
     * @return its size
     */
    default int size(int dimension) {
        return shape().size(dimension);
    }

    /**
     * Number of elements.
     *
     * @return the product of the sizes
     */
    default long elements() {
        return shape().elements();
    }

    /**
     * Memory that the elements take.
     *
     * @return elements times the type's size
     */
    default long bytes() {
        return elements() * type().bytes();
    }

    // ---- single elements and whole contents

    /**
     * Element of a tensor of rank 1.
     *
     * @param i index
     * @return the value
     */
    double get(int i);

    /**
     * Element of a matrix.
     *
     * @param i row
     * @param j column
     * @return the value
     */
    double get(int i, int j);

    /**
     * Element of a tensor of rank 3.
     *
     * @param i outermost index
     * @param j middle index
     * @param k innermost index
     * @return the value
     */
    double get(int i, int j, int k);

    /**
     * Writes an element of a tensor of rank 1.
     *
     * @param value the value, rounded to the type
     * @param i     index
     */
    void set(double value, int i);

    /**
     * Writes an element of a matrix.
     *
     * @param value the value, rounded to the type
     * @param i     row
     * @param j     column
     */
    void set(double value, int i, int j);

    /**
     * Writes an element of a tensor of rank 3.
     *
     * @param value the value, rounded to the type
     * @param i     outermost index
     * @param j     middle index
     * @param k     innermost index
     */
    void set(double value, int i, int j, int k);

    /**
     * All elements in row-major order.
     *
     * @return a new array; a tensor of more than 2^31-1 elements is refused
     */
    float[] toFloats();

    /**
     * All elements in row-major order, cut to integers.
     *
     * @return a new array
     */
    int[] toInts();

    /**
     * Copies a row of a matrix to the heap (or all of a vector for row 0).
     *
     * @param row    which row
     * @param target at least as long as the row
     */
    void copyRow(int row, float[] target);

    /**
     * Writes a row of a matrix (or all of a vector for row 0).
     *
     * @param row    which row
     * @param source at least as long as the row
     */
    void setRow(int row, float[] source);

    /**
     * Overwrites all elements.
     *
     * @param source a tensor of the same shape, converted to this tensor's type
     * @return this
     */
    Tensor assign(Tensor source);

    /**
     * Overwrites all elements with one value.
     *
     * @param value the value
     * @return this
     */
    Tensor fill(double value);

    /**
     * A contiguous copy in the scope of this tensor.
     *
     * @return a new tensor of the same type
     */
    Tensor copy();

    /**
     * A contiguous copy in another type.
     *
     * @param type the new element type
     * @return a new tensor, also when the type is the same
     */
    Tensor to(DataType type);

    // ---- views

    /**
     * One entry of the outermost dimension.
     *
     * @param index which
     * @return a view of rank less one
     */
    Tensor row(int index);

    /**
     * A range of a dimension.
     *
     * @param dimension from 0, or negative to count from the last
     * @param from      first index
     * @param to        index after the last
     * @return a view
     */
    Tensor slice(int dimension, int from, int to);

    /**
     * The same elements in another shape.
     *
     * @param sizes the new shape, with as many elements; the tensor must be contiguous
     * @return a view
     */
    Tensor reshape(int... sizes);

    /**
     * A matrix with rows and columns exchanged.
     *
     * @return a view
     */
    Tensor transpose();

    /**
     * The same elements with two dimensions exchanged.
     *
     * @param first  from 0, or negative to count from the last
     * @param second from 0, or negative to count from the last
     * @return a view
     */
    Tensor transpose(int first, int second);

    // ---- element by element (float32 results)

    /**
     * Sum with a tensor of the same shape, or with a vector as long as the last dimension (added to every row).
     *
     * @param other the other tensor
     * @return this + other
     */
    Tensor add(Tensor other);

    /**
     * Difference; shapes as in {@link #add}.
     *
     * @param other the other tensor
     * @return this - other
     */
    Tensor subtract(Tensor other);

    /**
     * Product element by element; shapes as in {@link #add}.
     *
     * @param other the other tensor
     * @return this * other
     */
    Tensor multiply(Tensor other);

    /**
     * Quotient element by element; shapes as in {@link #add}.
     *
     * @param other the other tensor
     * @return this / other
     */
    Tensor divide(Tensor other);

    /**
     * Multiplies by a number.
     *
     * @param factor the number
     * @return this * factor
     */
    Tensor multiply(double factor);

    /**
     * Adds a number.
     *
     * @param summand the number
     * @return this + summand
     */
    Tensor add(double summand);

    /**
     * Divides by a number.
     *
     * @param divisor the number
     * @return this / divisor
     */
    Tensor divide(double divisor);

    /**
     * Multiplies column j of a matrix by factors[j].
     *
     * @param factors as many as there are columns
     * @return a new matrix
     */
    default Tensor scaleColumns(Tensor factors) {
        return multiply(factors);
    }

    /**
     * Multiplies row i of a matrix by factors[i].
     *
     * @param factors as many as there are rows
     * @return a new matrix
     */
    Tensor scaleRows(Tensor factors);

    /**
     * Absolute values.
     *
     * @return |this|
     */
    Tensor abs();

    /**
     * Square roots.
     *
     * @return sqrt(this)
     */
    Tensor sqrt();

    /**
     * Squares.
     *
     * @return this * this
     */
    Tensor square();

    /**
     * Exponentials.
     *
     * @return e^this
     */
    Tensor exp();

    /**
     * Natural logarithms.
     *
     * @return ln(this)
     */
    Tensor log();

    /**
     * Rounds to the nearest integer, halves to even.
     *
     * @return rounded values
     */
    Tensor round();

    /**
     * Limits to an interval.
     *
     * @param low  lower bound
     * @param high upper bound
     * @return values in [low, high]; NaN stays NaN
     */
    Tensor clamp(double low, double high);

    /**
     * Applies a function to every element, in double precision.
     *
     * @param function the function, called from one thread
     * @return a new tensor
     */
    Tensor map(java.util.function.DoubleUnaryOperator function);

    // ---- over a dimension

    /**
     * Sum over a dimension, which disappears.
     *
     * @param dimension from 0, or negative to count from the last
     * @return a tensor of rank less one
     */
    Tensor sum(int dimension);

    /**
     * Mean over a dimension, which disappears.
     *
     * @param dimension from 0, or negative to count from the last
     * @return a tensor of rank less one
     */
    Tensor mean(int dimension);

    /**
     * Largest element over a dimension, which disappears.
     *
     * @param dimension from 0, or negative to count from the last
     * @return a tensor of rank less one
     */
    Tensor max(int dimension);

    /**
     * Smallest element over a dimension, which disappears.
     *
     * @param dimension from 0, or negative to count from the last
     * @return a tensor of rank less one
     */
    Tensor min(int dimension);

    /**
     * Sum of all elements, accumulated in float64.
     *
     * @return the sum
     */
    double sum();

    /**
     * Largest absolute value of all elements; NaN if one is NaN.
     *
     * @return max |x|, 0 for an empty tensor
     */
    double maxAbs();

    /**
     * Euclidean norm over the last dimension, which disappears.
     *
     * @return sqrt of the sum of squares
     */
    Tensor norm();

    /**
     * Softmax over the last dimension. Rows of nothing but -inf give zeros.
     *
     * @return probabilities
     */
    Tensor softmax();

    /**
     * Logarithm of the sum of exponentials over the last dimension, which disappears.
     *
     * @return log-sum-exp
     */
    Tensor logSumExp();

    /**
     * Cumulative sum over the last dimension.
     *
     * @return running sums, accumulated in float64
     */
    Tensor cumulativeSum();

    // ---- choices

    /**
     * The k largest elements of every row, by descending value, ties by the lower index. NaN counts as the smallest.
     *
     * @param k at most the size of the last dimension
     * @return I32 indices, last dimension k
     */
    Tensor topK(int k);

    /**
     * The order that sorts every row ascending, stable (ties by the lower index). NaN comes first.
     *
     * @return I32 indices of the same shape
     */
    Tensor argsort();

    /**
     * Picks entries of the outermost dimension.
     *
     * @param indices which, in the wanted order, repeats allowed
     * @return a new tensor of the same type
     */
    Tensor select(int... indices);

    /**
     * Picks columns of a matrix.
     *
     * @param indices which, in the wanted order, repeats allowed
     * @return a new matrix of the same type
     */
    Tensor selectColumns(int... indices);

    // ---- products

    /**
     * Matrix product, float32 with float32 accumulation.
     *
     * @param right [k, n] for this [m, k]
     * @return [m, n]
     */
    Tensor matmul(Tensor right);

    /**
     * Product with a transposed matrix: what a linear layer does.
     *
     * @param right [n, k] for this [m, k]
     * @return this right^T, [m, n]
     */
    default Tensor matmulTransposed(Tensor right) {
        return matmul(right.transpose());
    }

    /**
     * Gram matrix of the columns: this^T this.
     *
     * @return [k, k] for this [m, k]
     */
    Tensor gram();

    /**
     * Multiplies every row by a Hadamard matrix divided by the root of its order (orthonormal, Sylvester's order).
     *
     * @return a new tensor; the last dimension must be a power of two
     */
    Tensor hadamard();
}
