package lathe.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A device for tests: the same kernels on the CPU, memory of its own, streams that really work beside the caller. It is
 * stricter than a graphics processor: fresh memory holds NaN, bytes around each allocation must stay as they are, and what
 * is closed must have given everything back.
 */
final class EmulatedDevice implements Device {
    private static final long GUARD = 256;
    private static final byte MARK = (byte) 0xa5;
    private static final int NOT_A_NUMBER = 0x7fc0dead;

    private final Arena libraryArena = Arena.ofShared();
    private final SymbolLookup library;
    private final Map<Long, Block> blocks = new ConcurrentHashMap<>();
    private final Map<Long, Arena> hostArenas = new ConcurrentHashMap<>();
    private final List<EmulatedStream> streams = new CopyOnWriteArrayList<>();
    private final AtomicLong used = new AtomicLong();
    private final AtomicInteger launches = new AtomicInteger();
    private volatile boolean backwards;
    private volatile long memory = 1L << 30;

    private record Block(Arena arena, MemorySegment all, long bytes) {
        MemorySegment inside() {
            return all.asSlice(GUARD, bytes);
        }
    }

    EmulatedDevice(Path kernels) {
        this.library = SymbolLookup.libraryLookup(kernels, libraryArena);
    }

    /** Lets the threads of a block run in the opposite order. */
    EmulatedDevice backwards() {
        backwards = true;
        return this;
    }

    /** Gives the device less memory. */
    EmulatedDevice withMemory(long bytes) {
        memory = bytes;
        return this;
    }

    /** Bytes that are allocated now. */
    long used() {
        return used.get();
    }

    /** Kernels that were launched. */
    int launches() {
        return launches.get();
    }

    @Override
    public String description() {
        return "emulated";
    }

    @Override
    public int multiprocessors() {
        return 2;
    }

    @Override
    public int sharedBytes() {
        return 96 << 10;
    }

    @Override
    public long allocate(long bytes) {
        if (used.addAndGet(bytes) > memory) {
            used.addAndGet(-bytes);
            return 0;
        }
        Arena arena = Arena.ofShared();
        MemorySegment all = arena.allocate(bytes + 2 * GUARD, GUARD);
        all.fill(MARK);
        MemorySegment inside = all.asSlice(GUARD, bytes);
        for (long at = 0; at + Integer.BYTES <= bytes; at += Integer.BYTES) {
            inside.set(ValueLayout.JAVA_INT, at, NOT_A_NUMBER);
        }
        blocks.put(inside.address(), new Block(arena, all, bytes));
        return inside.address();
    }

    @Override
    public void free(long address) {
        Block block = blocks.remove(address);
        if (block == null) {
            throw new IllegalStateException("Memory is freed that was not allocated, or twice.");
        }
        for (long i = 0; i < GUARD; i++) {
            if (block.all().get(ValueLayout.JAVA_BYTE, i) != MARK
                    || block.all().get(ValueLayout.JAVA_BYTE, block.bytes() + GUARD + i) != MARK) {
                throw new IllegalStateException("A kernel wrote outside of an allocation of " + block.bytes()
                        + " bytes.");
            }
        }
        used.addAndGet(-block.bytes());
        block.arena().close();
    }

    /** The allocated memory that begins at or before an address, from there on. */
    MemorySegment at(long address, long bytes) {
        for (Block block : blocks.values()) {
            MemorySegment inside = block.inside();
            long offset = address - inside.address();
            if (offset >= 0 && offset + bytes <= inside.byteSize()) {
                return inside.asSlice(offset, bytes);
            }
        }
        throw new IllegalStateException("A copy reaches outside of the memory of the device.");
    }

    @Override
    public MemorySegment allocateHost(long bytes) {
        Arena arena = Arena.ofShared();
        MemorySegment segment = arena.allocate(bytes, GUARD);
        hostArenas.put(segment.address(), arena);
        return segment;
    }

    @Override
    public void freeHost(MemorySegment segment) {
        hostArenas.remove(segment.address()).close();
    }

    @Override
    public EmulatedStream openStream() {
        EmulatedStream stream = new EmulatedStream(this);
        streams.add(stream);
        return stream;
    }

    /** The streams in the order in which they were opened. */
    List<EmulatedStream> streams() {
        return streams;
    }

    /** Runs a kernel to its end; called by streams. */
    void execute(String kernel, int columns, int rows, int threads, int sharedBytes, MemorySegment arguments) {
        if (rows > 65_535) {
            throw new IllegalStateException("A grid has at most 65535 rows of blocks, not " + rows + ".");
        }
        if (sharedBytes > sharedBytes()) {
            throw new IllegalStateException(sharedBytes + " bytes of shared memory are more than there are.");
        }
        launches.incrementAndGet();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment launch = arena.allocateFrom(ValueLayout.JAVA_INT, columns, rows, threads, sharedBytes,
                    backwards ? 1 : 0, (int) arguments.byteSize());
            MemorySegment answer = EmulatedKernel.of(library, kernel).run(launch, arguments);
            if (answer.address() != 0) {
                throw new IllegalStateException(kernel + ": " + answer.reinterpret(1000).getString(0));
            }
        }
    }

    @Override
    public void close() {
        libraryArena.close();
        if (!blocks.isEmpty() || !hostArenas.isEmpty()) {
            long lost = used.get();
            blocks.values().forEach(block -> block.arena().close());
            blocks.clear();
            throw new IllegalStateException(lost + " bytes of the device and " + hostArenas.size()
                    + " buffers of the host were not given back.");
        }
    }
}
