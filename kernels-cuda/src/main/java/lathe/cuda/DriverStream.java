package lathe.cuda;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

import jcuda.Pointer;
import jcuda.driver.CUDA_MEMCPY2D;
import jcuda.driver.CUevent;
import jcuda.driver.CUmemorytype;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;

import lathe.spi.backend.Completion;

/** A stream of the driver. */
final class DriverStream implements Device.Stream {
    private static final int NON_BLOCKING = 1;
    private static final int WITHOUT_TIME = 2;

    private final DriverDevice device;
    private final CUstream stream = new CUstream();
    /** Events that nobody asks about any more, for the next points. */
    private final List<CUevent> idle = new ArrayList<>();
    private boolean closed;

    DriverStream(DriverDevice device) {
        this.device = device;
        DriverDevice.check("cuStreamCreate", JCudaDriver.cuStreamCreate(stream, NON_BLOCKING));
    }

    /** An event; once it has happened it is used again. */
    private final class Point implements Completion {
        private CUevent event;

        Point(CUevent event) {
            this.event = event;
        }

        @Override
        public synchronized boolean reached() {
            if (event == null) {
                return true;
            }
            device.bind();
            int result = JCudaDriver.cuEventQuery(event);
            if (result == CUresult.CUDA_ERROR_NOT_READY) {
                return false;
            }
            DriverDevice.check("work on the graphics processor", result);
            release();
            return true;
        }

        @Override
        public synchronized void await() {
            if (event != null) {
                device.bind();
                DriverDevice.check("work on the graphics processor", JCudaDriver.cuEventSynchronize(event));
                release();
            }
        }

        synchronized void precede(CUstream other) {
            if (event != null) {
                DriverDevice.check("cuStreamWaitEvent", JCudaDriver.cuStreamWaitEvent(other, event, 0));
            }
        }

        private void release() {
            giveBack(event);
            event = null;
        }
    }

    private synchronized void giveBack(CUevent event) {
        if (closed) {
            JCudaDriver.cuEventDestroy(event);
        } else {
            idle.add(event);
        }
    }

    private synchronized CUevent event() {
        if (!idle.isEmpty()) {
            return idle.removeLast();
        }
        CUevent event = new CUevent();
        DriverDevice.check("cuEventCreate", JCudaDriver.cuEventCreate(event, WITHOUT_TIME));
        return event;
    }

    @Override
    public void upload(MemorySegment host, long target) {
        device.bind();
        DriverDevice.check("cuMemcpyHtoDAsync", JCudaDriver.cuMemcpyHtoDAsync(
                DriverPointers.device(target),
                DriverPointers.host(host.address()),
                host.byteSize(),
                stream));
    }

    @Override
    public void download(long source, MemorySegment host) {
        device.bind();
        DriverDevice.check("cuMemcpyDtoHAsync", JCudaDriver.cuMemcpyDtoHAsync(
                DriverPointers.host(host.address()),
                DriverPointers.device(source),
                host.byteSize(),
                stream));
    }

    @Override
    public void copyRows(long source, long sourcePitch, long target, long targetPitch, long rowBytes, long rows) {
        device.bind();
        if (rows == 1 || sourcePitch == rowBytes && targetPitch == rowBytes) {
            DriverDevice.check("cuMemcpyDtoDAsync", JCudaDriver.cuMemcpyDtoDAsync(
                    DriverPointers.device(target),
                    DriverPointers.device(source),
                    rowBytes * rows,
                    stream));
            return;
        }
        CUDA_MEMCPY2D copy = new CUDA_MEMCPY2D();
        copy.srcMemoryType = CUmemorytype.CU_MEMORYTYPE_DEVICE;
        copy.srcDevice = DriverPointers.device(source);
        copy.srcPitch = sourcePitch;
        copy.dstMemoryType = CUmemorytype.CU_MEMORYTYPE_DEVICE;
        copy.dstDevice = DriverPointers.device(target);
        copy.dstPitch = targetPitch;
        copy.WidthInBytes = rowBytes;
        copy.Height = rows;
        DriverDevice.check("cuMemcpy2DAsync", JCudaDriver.cuMemcpy2DAsync(copy, stream));
    }

    @Override
    public void zero(long address, long bytes) {
        device.bind();
        DriverDevice.check("cuMemsetD8Async", JCudaDriver.cuMemsetD8Async(
                DriverPointers.device(address),
                (byte) 0,
                bytes,
                stream));
    }

    @Override
    public void launch(String kernel, int columns, int rows, int threads, int sharedBytes, MemorySegment arguments) {
        device.bind();
        // One parameter, the structure: the driver copies it before the call returns.
        Pointer parameters = Pointer.to(DriverPointers.host(arguments.address()));
        DriverDevice.check("the launch of " + kernel, JCudaDriver.cuLaunchKernel(
                device.module().function(kernel, sharedBytes),
                columns,
                rows,
                1,
                threads,
                1,
                1,
                sharedBytes,
                stream,
                parameters,
                null));
    }

    @Override
    public Completion record() {
        device.bind();
        CUevent event = event();
        DriverDevice.check("cuEventRecord", JCudaDriver.cuEventRecord(event, stream));
        return new Point(event);
    }

    @Override
    public void waitFor(Completion point) {
        device.bind();
        if (point instanceof Point mine) {
            mine.precede(stream);
        } else {
            point.await();
        }
    }

    @Override
    public void synchronize() {
        device.bind();
        DriverDevice.check("work on the graphics processor", JCudaDriver.cuStreamSynchronize(stream));
    }

    @Override
    public void close() {
        synchronize();
        synchronized (this) {
            closed = true;
            idle.forEach(JCudaDriver::cuEventDestroy);
            idle.clear();
        }
        DriverDevice.check("cuStreamDestroy", JCudaDriver.cuStreamDestroy(stream));
    }
}
