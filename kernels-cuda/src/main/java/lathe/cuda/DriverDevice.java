package lathe.cuda;

import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR;
import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR;
import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN;
import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

import lathe.spi.LatheException;

/** A graphics processor through NVIDIA's driver. */
final class DriverDevice implements Device {
    private static final int OLDEST_MAJOR = 7;
    private static final int OLDEST_MINOR = 5;

    private final CUdevice device;
    private final CUcontext context = new CUcontext();
    private final DriverModule module;
    private final String description;
    private final int multiprocessors;
    private final int sharedBytes;

    private DriverDevice(int index) {
        this.device = device(index);
        check("cuDevicePrimaryCtxRetain", JCudaDriver.cuDevicePrimaryCtxRetain(context, device));
        bind();
        this.module = DriverModule.load(capability(device));
        this.description = describe(index) + "; kernels " + module.name();
        this.multiprocessors = attribute(device, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
        this.sharedBytes = attribute(device, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN);
    }

    /** Why the driver cannot be used; {@link DriverLibrary} has found it. The first call loads JCuda. */
    static Optional<String> unavailable(int index) {
        try {
            int[] count = new int[1];
            int result = JCudaDriver.cuInit(0);
            if (result == CUresult.CUDA_SUCCESS) {
                result = JCudaDriver.cuDeviceGetCount(count);
            }
            if (result != CUresult.CUDA_SUCCESS) {
                return Optional.of("The NVIDIA driver is there but cannot be used: " + CUresult.stringFor(result)
                        + ".");
            }
            if (index >= count[0]) {
                return Optional.of("There is no graphics processor " + index + ": the NVIDIA driver knows " + count[0]
                        + ".");
            }
            int[] capability = capability(device(index));
            boolean old = capability[0] < OLDEST_MAJOR
                    || capability[0] == OLDEST_MAJOR && capability[1] < OLDEST_MINOR;
            return old
                    ? Optional.of("The graphics processor has compute capability " + capability[0] + "." + capability[1]
                            + "; the kernels are made for " + OLDEST_MAJOR + "." + OLDEST_MINOR + " and newer.")
                    : Optional.empty();
        } catch (LinkageError failure) {
            // The driver is there, but the library between it and Java is not, or does not fit this system.
            return Optional.of("JCuda's library cannot be loaded: " + firstLine(failure.getMessage()));
        }
    }

    private static String firstLine(String message) {
        return message == null ? "no reason is given." : message.lines().findFirst().orElse("no reason is given.");
    }

    static DriverDevice open(int index) {
        return new DriverDevice(index);
    }

    /** Name, memory, compute capability and driver of a device that is available. */
    static String describe(int index) {
        CUdevice device = device(index);
        byte[] name = new byte[256];
        check("cuDeviceGetName", JCudaDriver.cuDeviceGetName(name, name.length, device));
        long[] memory = new long[1];
        check("cuDeviceTotalMem", JCudaDriver.cuDeviceTotalMem(memory, device));
        int[] version = new int[1];
        check("cuDriverGetVersion", JCudaDriver.cuDriverGetVersion(version));
        int[] capability = capability(device);
        return new String(name, StandardCharsets.UTF_8).trim() + "; " + (memory[0] >> 20) + " MiB; compute capability "
                + capability[0] + "." + capability[1] + "; driver for CUDA " + version[0] / 1000 + "."
                + version[0] % 1000 / 10;
    }

    private static CUdevice device(int index) {
        CUdevice device = new CUdevice();
        check("cuDeviceGet", JCudaDriver.cuDeviceGet(device, index));
        return device;
    }

    private static int[] capability(CUdevice device) {
        return new int[] {attribute(device, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR),
            attribute(device, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR)};
    }

    private static int attribute(CUdevice device, int attribute) {
        int[] value = new int[1];
        check("cuDeviceGetAttribute", JCudaDriver.cuDeviceGetAttribute(value, attribute, device));
        return value[0];
    }

    /** Turns an error of the driver into one of Lathe. */
    static void check(String call, int result) {
        if (result != CUresult.CUDA_SUCCESS) {
            throw new LatheException("The NVIDIA driver failed in " + call + ": " + CUresult.stringFor(result) + ".");
        }
    }

    /** Makes the device that of the calling thread, which may be any. */
    void bind() {
        check("cuCtxSetCurrent", JCudaDriver.cuCtxSetCurrent(context));
    }

    DriverModule module() {
        return module;
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public int multiprocessors() {
        return multiprocessors;
    }

    @Override
    public int sharedBytes() {
        return sharedBytes;
    }

    @Override
    public long allocate(long bytes) {
        bind();
        DriverPointers.Owned pointer = new DriverPointers.Owned();
        int result = JCudaDriver.cuMemAlloc(pointer, Math.max(1, bytes));
        if (result == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
            return 0;
        }
        check("cuMemAlloc", result);
        return pointer.address();
    }

    @Override
    public void free(long address) {
        bind();
        check("cuMemFree", JCudaDriver.cuMemFree(DriverPointers.device(address)));
    }

    @Override
    public MemorySegment allocateHost(long bytes) {
        bind();
        DriverPointers.OwnedHost pointer = new DriverPointers.OwnedHost();
        check("cuMemHostAlloc", JCudaDriver.cuMemHostAlloc(pointer, bytes, 0));
        return MemorySegment.ofAddress(pointer.address()).reinterpret(bytes);
    }

    @Override
    public void freeHost(MemorySegment memory) {
        bind();
        check("cuMemFreeHost", JCudaDriver.cuMemFreeHost(DriverPointers.host(memory.address())));
    }

    @Override
    public Stream openStream() {
        bind();
        return new DriverStream(this);
    }

    @Override
    public void close() {
        bind();
        module.close();
        check("cuDevicePrimaryCtxRelease", JCudaDriver.cuDevicePrimaryCtxRelease(device));
    }
}
