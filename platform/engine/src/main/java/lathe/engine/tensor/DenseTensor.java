package lathe.engine.tensor;

import static java.util.Objects.requireNonNull;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Shape;
import lathe.spi.tensor.Tensor;

/** A strided view of memory: what it is, its elements, its views. */
final class DenseTensor extends TensorOperations {
    private final ArenaScope scope;
    /** Where the memory came from; null if somebody else owns it. */
    private final ArenaScope owner;
    private final MemorySegment memory;
    private final DataType type;
    private final int[] sizes;
    private final long[] strides;
    private final Shape shape;
    private final long elements;
    private final boolean contiguous;

    private DenseTensor(ArenaScope scope, ArenaScope owner, MemorySegment memory, DataType type, int[] sizes,
            long[] strides) {
        this.scope = scope;
        this.owner = owner;
        this.memory = memory;
        this.type = type;
        this.sizes = sizes;
        this.strides = strides;
        this.shape = Shape.of(sizes);
        this.elements = shape.elements();
        this.contiguous = Layout.isRowMajor(sizes, strides);
    }

    static DenseTensor contiguous(ArenaScope scope, ArenaScope owner, MemorySegment memory, DataType type,
            int[] sizes) {
        return new DenseTensor(scope, owner, memory, type, sizes, Layout.rowMajor(sizes));
    }

    /** The engine's view of an argument. */
    static DenseTensor of(Tensor tensor, String name) {
        requireNonNull(tensor, name + " is null");
        if (tensor instanceof DenseTensor dense) {
            return dense;
        }
        throw new IllegalArgumentException(name + " is a tensor of another engine: " + tensor.getClass().getName());
    }

    private DenseTensor view(long firstElement, int[] newSizes, long[] newStrides) {
        long span = Layout.span(newSizes, newStrides);
        MemorySegment part = memory.asSlice(span == 0 ? 0 : firstElement * type.bytes(), span * type.bytes());
        return new DenseTensor(scope, owner, part, type, newSizes, newStrides);
    }

    TensorEngine engine() {
        return scope.engine();
    }

    ElementKernels kernels() {
        return scope.engine().kernels();
    }

    /** A new float32 tensor in this one's scope, to be filled. */
    DenseTensor result(int... resultSizes) {
        return scope.tensor(DataType.F32, false, resultSizes);
    }

    DenseTensor result(DataType resultType, int... resultSizes) {
        return scope.tensor(resultType, false, resultSizes);
    }

    int[] sizes() {
        return sizes;
    }

    long[] strides() {
        return strides;
    }

    @Override
    public DataType type() {
        return type;
    }

    @Override
    public Shape shape() {
        return shape;
    }

    @Override
    public int rank() {
        return sizes.length;
    }

    @Override
    public int size(int dimension) {
        return shape.size(dimension);
    }

    @Override
    public long elements() {
        return elements;
    }

    @Override
    public long stride(int dimension) {
        return strides[Layout.dimension("stride", dimension, sizes)];
    }

    @Override
    public boolean isContiguous() {
        return contiguous;
    }

    @Override
    public MemorySegment segment() {
        if (owner != null) {
            owner.checkOpen();
        }
        return memory;
    }

    @Override
    public Scope scope() {
        return scope;
    }

    /** The scope with which the memory ends; of memory that was given, the one over which it was laid. */
    ArenaScope memoryScope() {
        return owner != null ? owner : scope;
    }

    @Override
    public Tensor in(Scope other) {
        requireNonNull(other, "scope is null");
        if (!(other instanceof ArenaScope target)) {
            throw new IllegalArgumentException(
                    "in: the scope belongs to another engine: " + other.getClass().getName());
        }
        return target == scope ? this : new DenseTensor(target, owner, memory, type, sizes, strides);
    }

    // ---- single elements and whole contents

    private long at(long... indices) {
        if (indices.length != sizes.length) {
            throw new IllegalArgumentException(
                    "A tensor of " + shape + " takes " + sizes.length + " indices, not " + indices.length + ".");
        }
        long position = 0;
        for (int i = 0; i < indices.length; i++) {
            if (indices[i] < 0 || indices[i] >= sizes[i]) {
                throw new IndexOutOfBoundsException(Arrays.toString(indices) + " lies outside a tensor of " + shape);
            }
            position += indices[i] * strides[i];
        }
        return position * type.bytes();
    }

    @Override
    public double get(int i) {
        return Elements.read(segment(), type, at(i));
    }

    @Override
    public double get(int i, int j) {
        return Elements.read(segment(), type, at(i, j));
    }

    @Override
    public double get(int i, int j, int k) {
        return Elements.read(segment(), type, at(i, j, k));
    }

    @Override
    public void set(double value, int i) {
        Elements.write(segment(), type, at(i), value);
    }

    @Override
    public void set(double value, int i, int j) {
        Elements.write(segment(), type, at(i, j), value);
    }

    @Override
    public void set(double value, int i, int j, int k) {
        Elements.write(segment(), type, at(i, j, k), value);
    }

    @Override
    public float[] toFloats() {
        return Contents.toFloats(this);
    }

    @Override
    public int[] toInts() {
        return Contents.toInts(this);
    }

    @Override
    public void copyRow(int row, float[] target) {
        Contents.copyRow(matrixRow("copyRow", row, target.length), target);
    }

    @Override
    public void setRow(int row, float[] source) {
        Contents.setRow(matrixRow("setRow", row, source.length), source);
    }

    private DenseTensor matrixRow(String operation, int row, int length) {
        if (rank() != 2 && !(rank() == 1 && row == 0)) {
            throw new IllegalArgumentException(operation + ": row " + row + " of a tensor of " + shape + ".");
        }
        if (length < size(-1)) {
            throw new IllegalArgumentException(
                    operation + ": an array of " + length + " is shorter than a row of " + shape + ".");
        }
        return rank() == 1 ? this : (DenseTensor) row(row);
    }

    @Override
    public Tensor assign(Tensor source) {
        DenseTensor other = of(source, "source");
        if (!Arrays.equals(sizes, other.sizes)) {
            throw Layout.mismatch("assign", shape, other.shape);
        }
        Contents.assign(this, other);
        return this;
    }

    @Override
    public Tensor fill(double value) {
        Contents.fill(this, value);
        return this;
    }

    @Override
    public Tensor copy() {
        return to(type);
    }

    @Override
    public Tensor to(DataType newType) {
        DenseTensor target = result(requireNonNull(newType, "type is null"), sizes);
        Contents.assign(target, this);
        return target;
    }

    // ---- views

    @Override
    public Tensor row(int index) {
        if (rank() == 0 || index < 0 || index >= sizes[0]) {
            throw new IndexOutOfBoundsException("row: " + index + " lies outside a tensor of " + shape);
        }
        return view(index * strides[0], Layout.without(sizes, 0), Layout.without(strides, 0));
    }

    @Override
    public Tensor slice(int dimension, int from, int to) {
        int index = Layout.dimension("slice", dimension, sizes);
        if (from < 0 || from > to || to > sizes[index]) {
            throw new IndexOutOfBoundsException("slice: [" + from + ", " + to + ") of dimension " + dimension
                    + " lies outside a tensor of " + shape);
        }
        int[] newSizes = sizes.clone();
        newSizes[index] = to - from;
        return view(from * strides[index], newSizes, strides);
    }

    @Override
    public Tensor reshape(int... newSizes) {
        Shape wanted = Shape.of(newSizes);
        if (wanted.elements() != elements) {
            throw Layout.mismatch("reshape", shape, wanted);
        }
        if (!contiguous) {
            throw new IllegalArgumentException("reshape: a view of " + shape + " with strides "
                    + Arrays.toString(strides) + " cannot become " + wanted + "; copy() it first.");
        }
        return contiguous(scope, owner, memory, type, newSizes.clone());
    }

    @Override
    public Tensor transpose() {
        if (rank() != 2) {
            throw new IllegalArgumentException("transpose: a tensor of " + shape + " is not a matrix.");
        }
        return transpose(0, 1);
    }

    @Override
    public Tensor transpose(int first, int second) {
        int a = Layout.dimension("transpose", first, sizes);
        int b = Layout.dimension("transpose", second, sizes);
        int[] newSizes = sizes.clone();
        long[] newStrides = strides.clone();
        newSizes[a] = sizes[b];
        newSizes[b] = sizes[a];
        newStrides[a] = strides[b];
        newStrides[b] = strides[a];
        return view(0, newSizes, newStrides);
    }

    @Override
    DenseTensor self() {
        return this;
    }

    @Override
    public String toString() {
        return "Tensor" + shape + " " + type + (contiguous ? "" : " strides " + Arrays.toString(strides));
    }
}
