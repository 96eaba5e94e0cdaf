package lathe.engine.tensor;

import java.lang.foreign.MemorySegment;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;

/**
 * A tensor as a row-major sequence of float32: its own memory where it is that already, otherwise block by block through
 * scratch memory. Views whose last dimension has gaps, and that are too large for the caches, are copied once at the start
 * tile by tile, since reading columns one at a time would fetch every cache line many times.
 */
final class FloatSource implements AutoCloseable {
    private static final long LARGE = 1 << 14;

    private final DenseTensor tensor;
    private final boolean direct;
    private final Scope copies;

    private FloatSource(DenseTensor tensor, Scope copies) {
        this.tensor = tensor;
        this.direct = tensor.isContiguous() && tensor.type() == DataType.F32;
        this.copies = copies;
    }

    static FloatSource of(DenseTensor tensor) {
        int last = tensor.rank() - 1;
        boolean gaps = last > 0 && tensor.strides()[last] != 1 && tensor.sizes()[last] > 1;
        if (gaps && tensor.elements() > LARGE) {
            Scope copies = tensor.scope().child();
            return new FloatSource((DenseTensor) tensor.in(copies).to(DataType.F32), copies);
        }
        return new FloatSource(tensor, null);
    }

    /** The memory that holds elements [from, from + n) at {@link #at}. */
    MemorySegment load(long from, int n, MemorySegment scratch) {
        if (direct) {
            return tensor.segment();
        }
        read(tensor, from, n, scratch, 0);
        return scratch;
    }

    /** Byte position of an element in the memory that {@link #load} gave. */
    long at(long from) {
        return direct ? 4 * from : 0;
    }

    boolean isDirect() {
        return direct;
    }

    /** Reads elements of any view in row-major order. */
    static void read(DenseTensor tensor, long from, int n, MemorySegment target, long targetAt) {
        ElementKernels kernels = tensor.kernels();
        int bytes = tensor.type().bytes();
        if (tensor.isContiguous()) {
            Conversion.toFloats(kernels, tensor.segment(), tensor.type(), from * bytes, 1, n, target, targetAt);
            return;
        }
        int last = tensor.rank() - 1;
        int length = tensor.sizes()[last];
        long stride = tensor.strides()[last];
        long row = from / length;
        int column = (int) (from % length);
        int done = 0;
        while (done < n) {
            int run = Math.min(n - done, length - column);
            long at = (rowStart(tensor, row) + column * stride) * bytes;
            Conversion.toFloats(kernels, tensor.segment(), tensor.type(), at, stride, run, target,
                    targetAt + 4L * done);
            done += run;
            row++;
            column = 0;
        }
    }

    /** Writes elements of any view in row-major order. */
    static void write(DenseTensor tensor, long from, int n, MemorySegment source, long sourceAt) {
        ElementKernels kernels = tensor.kernels();
        int bytes = tensor.type().bytes();
        if (tensor.isContiguous()) {
            Conversion.fromFloats(kernels, source, sourceAt, n, tensor.segment(), tensor.type(), from * bytes, 1);
            return;
        }
        int last = tensor.rank() - 1;
        int length = tensor.sizes()[last];
        long stride = tensor.strides()[last];
        long row = from / length;
        int column = (int) (from % length);
        int done = 0;
        while (done < n) {
            int run = Math.min(n - done, length - column);
            long at = (rowStart(tensor, row) + column * stride) * bytes;
            Conversion.fromFloats(kernels, source, sourceAt + 4L * done, run, tensor.segment(), tensor.type(), at,
                    stride);
            done += run;
            row++;
            column = 0;
        }
    }

    /** First element of a row of the last dimension, where rows are counted in row-major order. */
    static long rowStart(DenseTensor tensor, long row) {
        int[] sizes = tensor.sizes();
        long[] strides = tensor.strides();
        long position = 0;
        long rest = row;
        for (int i = sizes.length - 2; i >= 0; i--) {
            position += rest % sizes[i] * strides[i];
            rest /= sizes[i];
        }
        return position;
    }

    @Override
    public void close() {
        if (copies != null) {
            copies.close();
        }
    }
}
