package lathe.engine.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Memory of a thread for elements on their way between formats. */
final class Scratch {
    /** Elements of a block: two of them and the target fit into a first-level cache of 32 KiB. */
    static final int BLOCK = 2048;
    private static final ThreadLocal<Scratch> OWN = ThreadLocal.withInitial(Scratch::new);

    private final MemorySegment first = block();
    private final MemorySegment second = block();
    private final MemorySegment result = block();
    private MemorySegment panel = MemorySegment.NULL;

    private static MemorySegment block() {
        return Arena.ofAuto().allocate(4L * BLOCK, 64);
    }

    static Scratch own() {
        return OWN.get();
    }

    MemorySegment first() {
        return first;
    }

    MemorySegment second() {
        return second;
    }

    MemorySegment result() {
        return result;
    }

    /** A larger piece, grown as needed and kept by the thread. */
    MemorySegment panel(long bytes) {
        if (panel.byteSize() < bytes) {
            panel = Arena.ofAuto().allocate(bytes, 64);
        }
        return panel;
    }
}
