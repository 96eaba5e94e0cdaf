package lathe.cuda;

import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;

/** Addresses as JCuda wants them. Its classes make pointers by copying others alone, so these begin at nothing. */
final class DriverPointers {
    private DriverPointers() {}

    /** Receives the address of new device memory. */
    static final class Owned extends CUdeviceptr {
        long address() {
            return getNativePointer() + getByteOffset();
        }
    }

    /** Receives the address of new host memory. */
    static final class OwnedHost extends Pointer {
        long address() {
            return getNativePointer() + getByteOffset();
        }
    }

    private static final class Host extends Pointer {
        Host(long address) {
            super(address);
        }
    }

    static CUdeviceptr device(long address) {
        return new CUdeviceptr().withByteOffset(address);
    }

    static Pointer host(long address) {
        return new Host(address);
    }
}
