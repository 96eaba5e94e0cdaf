package lathe.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

import lathe.spi.LatheException;
import lathe.spi.backend.Completion;
import lathe.spi.backend.PreparedOperator;
import lathe.spi.operator.LinearOperator;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * A weight whose parts lie on the device, copied once by the stream of uploads. Computing waits for them on the device, the
 * host never does.
 */
abstract class DeviceWeight implements PreparedOperator {
    /** Rows of parts begin at multiples of this, so that kernels read 16 bytes at a time. */
    static final int ALIGNMENT = 16;

    private final LinearOperator operator;
    private final CudaCompute compute;
    private final List<Long> addresses = new ArrayList<>();
    private long bytes;
    private Completion uploaded = Completion.DONE;
    private boolean closed;

    DeviceWeight(CudaCompute compute, LinearOperator operator) {
        this.compute = compute;
        this.operator = operator;
    }

    /** Uploads the parts; what was taken is given back if the device has no room for all. */
    final DeviceWeight prepared() {
        try {
            upload();
            uploaded = compute.uploads().record();
            return this;
        } catch (RuntimeException | Error failure) {
            close();
            throw failure;
        }
    }

    abstract void upload();

    /** Launches the product of some tokens on the compute stream; shapes have been checked. */
    abstract void multiply(Device.Stream stream, Arena arena, DeviceTensor input, DeviceTensor output);

    final void apply(Device.Stream stream, DeviceTensor input, DeviceTensor output) {
        if (closed) {
            throw new IllegalStateException("The prepared weight is closed already.");
        }
        if (uploaded != Completion.DONE) {
            stream.waitFor(uploaded);
            uploaded = Completion.DONE;
        }
        try (Arena arena = Arena.ofConfined()) {
            multiply(stream, arena, input, output);
        }
    }

    /** Copies a matrix row by row to rows of a pitch, with zeros in between. */
    final long rows(Tensor matrix, long rowBytes, long pitch) {
        long rows = matrix.bytes() / rowBytes;
        long address = allocate(rows * pitch);
        withSegment(matrix, segment -> compute.staging().uploadRows(
                compute.uploads(), segment, rowBytes, address, pitch));
        return address;
    }

    /** Copies a tensor as it is. */
    final long flat(Tensor tensor) {
        long address = allocate(tensor.bytes());
        withSegment(tensor, segment -> compute.staging().upload(compute.uploads(), segment, address));
        return address;
    }

    private interface SegmentUse {
        void accept(MemorySegment segment);
    }

    private static void withSegment(Tensor tensor, SegmentUse use) {
        if (tensor.isContiguous()) {
            use.accept(tensor.segment());
        } else {
            try (Scope copy = tensor.scope().child()) {
                use.accept(tensor.in(copy).copy().segment());
            }
        }
    }

    private long allocate(long size) {
        long address = compute.device().allocate(size);
        if (address == 0) {
            throw new LatheException("The graphics processor has no room for a weight of [" + operator.outFeatures()
                    + ", " + operator.inFeatures() + "], which takes " + (operator.bytes() >> 20) + " MiB.");
        }
        addresses.add(address);
        bytes += size;
        return address;
    }

    static boolean aligned(DeviceTensor tensor) {
        boolean rows = tensor.size(0) < 2 || tensor.stride(0) % 4 == 0;
        return tensor.address() % ALIGNMENT == 0 && rows;
    }

    static long rounded(long bytes) {
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    @Override
    public final LinearOperator operator() {
        return operator;
    }

    @Override
    public final long extraBytes() {
        return bytes;
    }

    final CudaCompute owner() {
        return compute;
    }

    @Override
    public final void close() {
        if (!closed) {
            closed = true;
            compute.free(addresses);
        }
    }
}
