package lathe.runtime.run;

import java.lang.management.ManagementFactory;

import com.sun.management.OperatingSystemMXBean;

/** The memory of this machine, or of the container that the process runs in. */
public final class MachineMemory {
    private static final double SHARE = 0.8;

    private MachineMemory() {}

    /**
     * What a run may take where nobody says otherwise.
     *
     * @return four fifths of the physical memory, in bytes
     */
    public static long usable() {
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return (long) (SHARE * system.getTotalMemorySize());
    }
}
