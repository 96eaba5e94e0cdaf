package lathe.engine.tensor;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Memory of the system in blocks that are kept for the next scope: fresh pages cost several times what a pass over them
 * does, and large pages make reading at memory speed possible. A block's contents are whatever they were.
 */
final class Blocks {
    /** From this size on memory comes from the system alone and goes back to it when it is freed. */
    private static final int FROM_THE_SYSTEM = 4 << 20;
    private static final int MMAP_THRESHOLD = -3;
    private static final Blocks SHARED = new Blocks(Long.getLong("lathe.memory.kept", 512L << 20));

    private final Map<Long, ArrayDeque<MemorySegment>> kept = new HashMap<>();
    private final long limit;
    private final MethodHandle allocate;
    private final MethodHandle free;
    private long keptBytes;

    /**
     * @param limit bytes that are kept at most
     */
    Blocks(long limit) {
        this.limit = limit;
        this.allocate = find("aligned_alloc", FunctionDescriptor.of(ADDRESS, JAVA_LONG, JAVA_LONG));
        this.free = find("free", FunctionDescriptor.ofVoid(ADDRESS));
    }

    /**
     * What large blocks alone need. A native function takes milliseconds to be bound, and a short command with a small
     * model never comes here.
     */
    private static final class Large {
        static {
            returnToTheSystem();
        }

        private Large() {}

        /**
         * After the first large block is freed, glibc takes blocks of that size from heaps of its own, which it
         * cannot give back where anything lies behind them: a walk over the blocks of a large model ended with
         * twice the memory that was in use. A fixed threshold turns that off. Other C libraries have no such
         * function and need none.
         */
        private static void returnToTheSystem() {
            MethodHandle options = find("mallopt", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
            if (options == null) {
                return;
            }
            try {
                int ignored = (int) options.invokeExact(MMAP_THRESHOLD, FROM_THE_SYSTEM);
            } catch (Throwable thrown) {
                throw new IllegalStateException("mallopt failed.", thrown);
            }
        }

        /** Reserves memory that begins at a large page and asks for large pages. */
        static MemorySegment allocate(MethodHandle allocate, long size) throws Throwable {
            long whole = (size + LargePages.BYTES - 1) / LargePages.BYTES * LargePages.BYTES;
            MemorySegment start = (MemorySegment) allocate.invokeExact(LargePages.BYTES, whole);
            if (start.address() != 0) {
                LargePages.advise(start.reinterpret(whole));
            }
            return start;
        }
    }

    static Blocks shared() {
        return SHARED;
    }

    static MethodHandle find(String name, FunctionDescriptor descriptor) {
        Optional<MemorySegment> symbol = Linker.nativeLinker().defaultLookup().find(name);
        return symbol.map(address -> Linker.nativeLinker().downcallHandle(address, descriptor)).orElse(null);
    }

    /** Size that a request really takes: four steps an octave, so that scopes of similar work share blocks. */
    static long rounded(long size) {
        long step = Math.max(64, Long.highestOneBit(Math.max(1, size - 1)) >>> 2);
        return (size + step - 1) / step * step;
    }

    /** A block that goes back when the arena is closed. */
    MemorySegment take(long size, Arena arena) {
        if (allocate == null || free == null) {
            return arena.allocate(size, 64);
        }
        return take(size).reinterpret(arena, this::giveBack);
    }

    /** A block for the engine's own use, to be given back by hand. Nobody checks its life. */
    MemorySegment take(long size) {
        long rounded = rounded(size);
        synchronized (this) {
            ArrayDeque<MemorySegment> same = kept.get(rounded);
            if (same != null && !same.isEmpty()) {
                keptBytes -= rounded;
                return same.pop();
            }
        }
        return fresh(rounded);
    }

    private MemorySegment fresh(long size) {
        if (allocate == null || free == null) {
            return Arena.ofAuto().allocate(size, 64);
        }
        try {
            MemorySegment start = size >= LargePages.BYTES
                    ? Large.allocate(allocate, size)
                    : (MemorySegment) allocate.invokeExact(64L, (size + 63) / 64 * 64);
            if (start.address() == 0) {
                throw new OutOfMemoryError("The system has no " + size + " bytes for a tensor.");
            }
            return start.reinterpret(size);
        } catch (OutOfMemoryError e) {
            throw e;
        } catch (Throwable thrown) {
            throw new IllegalStateException("aligned_alloc failed.", thrown);
        }
    }

    /** Takes back a block that {@link #take} gave. */
    void giveBack(MemorySegment block) {
        if (allocate == null || free == null) {
            return;
        }
        long size = block.byteSize();
        synchronized (this) {
            if (keptBytes + size <= limit) {
                keptBytes += size;
                kept.computeIfAbsent(size, key -> new ArrayDeque<>()).push(block);
                return;
            }
        }
        try {
            free.invokeExact(block);
        } catch (Throwable thrown) {
            throw new IllegalStateException("free failed.", thrown);
        }
    }
}
