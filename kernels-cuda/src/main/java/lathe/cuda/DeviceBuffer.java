package lathe.cuda;

/** Memory of activations on the device: it belongs to a scope of the host and ends with it. */
final class DeviceBuffer {
    private final CudaCompute owner;
    private final long address;
    private volatile boolean gone;

    DeviceBuffer(CudaCompute owner, long address) {
        this.owner = owner;
        this.address = address;
    }

    CudaCompute owner() {
        return owner;
    }

    /** Where it lies, for work that is asked for now. */
    long address() {
        if (gone) {
            throw new IllegalStateException("The scope of the tensor is closed already.");
        }
        return address;
    }

    void end() {
        gone = true;
    }
}
