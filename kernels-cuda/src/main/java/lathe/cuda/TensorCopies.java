package lathe.cuda;

import java.lang.foreign.MemorySegment;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Copies of whole activations, which may be views with gaps, between host and device and on the device. */
final class TensorCopies {
    private TensorCopies() {}

    static void read(CudaCompute compute, DeviceTensor source, MemorySegment host) {
        if (source.isContiguous()) {
            compute.staging().download(compute.stream(), source.address(), host);
            return;
        }
        long packed = compute.pool().take(source.bytes());
        rows(compute.stream(), source, packed, true);
        compute.staging().download(compute.stream(), packed, host);
        compute.pool().give(packed);
    }

    static void write(CudaCompute compute, Tensor host, DeviceTensor target) {
        if (host.type() != DataType.F32 || !host.isContiguous()) {
            try (Scope plain = host.scope().child()) {
                write(compute, plain.zeros(host.shape().toArray()).assign(host), target);
            }
            return;
        }
        if (target.isContiguous()) {
            compute.staging().upload(compute.stream(), host.segment(), target.address());
            return;
        }
        long packed = compute.pool().take(target.bytes());
        compute.staging().upload(compute.stream(), host.segment(), packed);
        rows(compute.stream(), target, packed, false);
        compute.pool().give(packed);
    }

    static void between(CudaCompute compute, DeviceTensor source, DeviceTensor target) {
        if (source.elements() == 0) {
            return;
        }
        long packed = compute.pool().take(source.bytes());
        rows(compute.stream(), source, packed, true);
        rows(compute.stream(), target, packed, false);
        compute.pool().give(packed);
    }

    /** Copies between a view and its elements in row-major order, dimension by dimension down to rows. */
    private static void rows(Device.Stream stream, DeviceTensor view, long packed, boolean toPacked) {
        int rank = view.rank();
        if (rank > 0 && view.size(-1) > 1 && view.stride(-1) != 1) {
            throw new IllegalArgumentException(
                    "A view of " + view.shape() + " whose last dimension has gaps cannot be copied.");
        }
        if (rank <= 2) {
            long width = Float.BYTES * (long) (rank == 0 ? 1 : view.size(-1));
            long count = rank == 2 ? view.size(0) : 1;
            long pitch = rank == 2 && count > 1 ? Float.BYTES * view.stride(0) : width;
            if (toPacked) {
                stream.copyRows(view.address(), pitch, packed, width, width, count);
            } else {
                stream.copyRows(packed, width, view.address(), pitch, width, count);
            }
            return;
        }
        long step = view.bytes() / view.size(0);
        for (int i = 0; i < view.size(0); i++) {
            rows(stream, (DeviceTensor) view.row(i), packed + i * step, toPacked);
        }
    }
}
