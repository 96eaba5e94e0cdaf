package lathe.cuda;

import java.util.Arrays;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Shape;
import lathe.spi.tensor.Tensor;

/** Activations on the device: float32, strided, a handle that kernels and views understand. */
final class DeviceTensor extends OpaqueTensor {
    private final DeviceBuffer buffer;
    private final Scope scope;
    private final long first;
    private final int[] sizes;
    private final long[] strides;
    private final Shape shape;

    private DeviceTensor(DeviceBuffer buffer, Scope scope, long first, int[] sizes, long[] strides) {
        this.buffer = buffer;
        this.scope = scope;
        this.first = first;
        this.sizes = sizes;
        this.strides = strides;
        this.shape = Shape.of(sizes);
    }

    static DeviceTensor contiguous(DeviceBuffer buffer, Scope scope, int... sizes) {
        return new DeviceTensor(buffer, scope, 0, sizes.clone(), rowMajor(sizes));
    }

    private static long[] rowMajor(int[] sizes) {
        long[] strides = new long[sizes.length];
        long stride = 1;
        for (int i = sizes.length - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= Math.max(1, sizes[i]);
        }
        return strides;
    }

    /** The backend that made it. */
    CudaCompute owner() {
        return buffer.owner();
    }

    /** Where the first element lies on the device. */
    long address() {
        return buffer.address() + Float.BYTES * first;
    }

    @Override
    public DataType type() {
        return DataType.F32;
    }

    @Override
    public Shape shape() {
        return shape;
    }

    @Override
    public long stride(int dimension) {
        return strides[index("stride", dimension)];
    }

    @Override
    public boolean isContiguous() {
        long expected = 1;
        for (int i = sizes.length - 1; i >= 0; i--) {
            if (sizes[i] != 1 && strides[i] != expected && elements() > 0) {
                return false;
            }
            expected *= sizes[i];
        }
        return true;
    }

    @Override
    public Scope scope() {
        return scope;
    }

    @Override
    public Tensor in(Scope other) {
        return new DeviceTensor(buffer, other, first, sizes, strides);
    }

    @Override
    public Tensor row(int index) {
        return drop(slice(0, index, index + 1));
    }

    private static DeviceTensor drop(DeviceTensor single) {
        int rank = single.sizes.length;
        return new DeviceTensor(
                single.buffer,
                single.scope,
                single.first,
                Arrays.copyOfRange(single.sizes, 1, rank),
                Arrays.copyOfRange(single.strides, 1, rank));
    }

    @Override
    public DeviceTensor slice(int dimension, int from, int to) {
        int index = index("slice", dimension);
        if (from < 0 || to < from || to > sizes[index]) {
            throw new IndexOutOfBoundsException(
                    "slice: [" + from + ", " + to + ") lies outside dimension " + dimension + " of " + shape + ".");
        }
        int[] fewer = sizes.clone();
        fewer[index] = to - from;
        return new DeviceTensor(buffer, scope, first + from * strides[index], fewer, strides);
    }

    @Override
    public Tensor reshape(int... newSizes) {
        if (Shape.of(newSizes).elements() != elements()) {
            throw new IllegalArgumentException(
                    "reshape: " + shape + " has not as many elements as " + Shape.of(newSizes) + ".");
        }
        if (!isContiguous()) {
            throw new IllegalArgumentException("reshape: the tensor " + shape + " does not lie in one piece.");
        }
        return new DeviceTensor(buffer, scope, first, newSizes.clone(), rowMajor(newSizes));
    }

    @Override
    public Tensor transpose() {
        if (sizes.length != 2) {
            throw new IllegalArgumentException("transpose: " + shape + " is no matrix.");
        }
        return transpose(0, 1);
    }

    @Override
    public Tensor transpose(int one, int other) {
        int a = index("transpose", one);
        int b = index("transpose", other);
        int[] newSizes = sizes.clone();
        long[] newStrides = strides.clone();
        newSizes[a] = sizes[b];
        newSizes[b] = sizes[a];
        newStrides[a] = strides[b];
        newStrides[b] = strides[a];
        return new DeviceTensor(buffer, scope, first, newSizes, newStrides);
    }

    private int index(String operation, int dimension) {
        int index = dimension < 0 ? sizes.length + dimension : dimension;
        if (index < 0 || index >= sizes.length) {
            throw new IllegalArgumentException(
                    operation + ": a tensor of " + shape + " has no dimension " + dimension + ".");
        }
        return index;
    }
}
