package lathe.engine.tensor;

import static java.util.Objects.requireNonNull;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Shape;
import lathe.spi.tensor.Tensor;

/**
 * A scope over a shared arena. Small tensors are cut from slabs, since a call to the system allocator and an entry in the
 * arena for each would cost more than the arithmetic on them.
 */
public final class ArenaScope implements Scope {
    private static final int ALIGNMENT = 64;
    private static final long FIRST_SLAB = 16 << 10;
    private static final long LARGEST_SLAB = 1 << 20;
    /** Scopes of at most so many bytes leave the end of their arena to the reaper. */
    private static final long SMALL_SCOPE = 4 << 20;
    private static final int CLOSED = Integer.MIN_VALUE;

    private final TensorEngine engine;
    private final ArenaScope parent;
    private final Set<ArenaScope> children = new HashSet<>();
    /** What else ends with the scope; null until somebody asks, since most scopes hold host memory alone. */
    private List<Runnable> actions;
    /** Made with the first tensor: scopes that stay empty cost nothing. */
    private Arena arena;
    private MemorySegment slab = MemorySegment.NULL;
    private long slabUsed;
    private long bytes;
    private volatile boolean closed;
    /** How many kernels read the memory; {@link #CLOSED} is added when no more may begin. */
    private final AtomicInteger uses = new AtomicInteger();

    ArenaScope(TensorEngine engine, ArenaScope parent) {
        this.engine = engine;
        this.parent = parent;
    }

    /**
     * What this scope's tensors calculate with.
     *
     * @return the engine
     */
    public TensorEngine engine() {
        return engine;
    }

    @Override
    public Tensor zeros(DataType type, int... sizes) {
        return tensor(type, true, sizes);
    }

    /**
     * A tensor whose elements will all be written before they are read.
     *
     * @param type  the element type
     * @param sizes the shape
     * @return a new tensor with any contents
     */
    public Tensor uninitialised(DataType type, int... sizes) {
        return tensor(type, false, sizes);
    }

    DenseTensor tensor(DataType type, boolean zeroed, int... sizes) {
        requireNonNull(type, "type is null");
        long elements = Shape.of(sizes).elements();
        MemorySegment memory = allocate(Math.multiplyExact(elements, (long) type.bytes()), zeroed);
        return DenseTensor.contiguous(this, this, memory, type, sizes.clone());
    }

    @Override
    public Tensor of(float[] values, int... sizes) {
        requireNonNull(values, "values is null");
        checkCount(values.length, sizes);
        DenseTensor tensor = tensor(DataType.F32, false, sizes);
        MemorySegment.copy(values, 0, tensor.segment(), ValueLayout.JAVA_FLOAT, 0, values.length);
        return tensor;
    }

    @Override
    public Tensor of(int[] values, int... sizes) {
        requireNonNull(values, "values is null");
        checkCount(values.length, sizes);
        DenseTensor tensor = tensor(DataType.I32, false, sizes);
        MemorySegment.copy(values, 0, tensor.segment(), ValueLayout.JAVA_INT, 0, values.length);
        return tensor;
    }

    private static void checkCount(int values, int[] sizes) {
        Shape shape = Shape.of(sizes);
        if (shape.elements() != values) {
            throw new IllegalArgumentException("of: " + values + " values do not fill a tensor of " + shape + ".");
        }
    }

    @Override
    public Tensor over(MemorySegment segment, DataType type, int... sizes) {
        requireNonNull(segment, "segment is null");
        requireNonNull(type, "type is null");
        Shape shape = Shape.of(sizes);
        long needed = Math.multiplyExact(shape.elements(), (long) type.bytes());
        if (segment.byteSize() < needed) {
            throw new IllegalArgumentException("over: a tensor of " + shape + " in " + type + " needs " + needed
                    + " bytes, but the segment has " + segment.byteSize() + ".");
        }
        return DenseTensor.contiguous(this, null, segment.asSlice(0, needed), type, sizes.clone());
    }

    @Override
    public synchronized Scope child() {
        checkOpen();
        ArenaScope child = new ArenaScope(engine, this);
        children.add(child);
        return child;
    }

    @Override
    public synchronized void onClose(Runnable action) {
        requireNonNull(action, "action is null");
        checkOpen();
        if (actions == null) {
            actions = new ArrayList<>();
        }
        actions.add(action);
    }

    @Override
    public long bytes() {
        List<ArenaScope> open;
        long sum;
        synchronized (this) {
            sum = bytes;
            open = new ArrayList<>(children);
        }
        for (ArenaScope child : open) {
            sum += child.bytes();
        }
        return sum;
    }

    private MemorySegment allocate(long size, boolean zeroed) {
        MemorySegment memory = reserve(size);
        if (zeroed) {
            memory.fill((byte) 0);
        }
        return memory;
    }

    private synchronized MemorySegment reserve(long size) {
        checkOpen();
        if (arena == null) {
            arena = Arena.ofShared();
        }
        long rounded = size + ALIGNMENT - 1 & -ALIGNMENT;
        if (rounded > LARGEST_SLAB / 4) {
            bytes += rounded;
            return Blocks.shared().take(rounded, arena).asSlice(0, size);
        }
        if (rounded > slab.byteSize() - slabUsed) {
            long next = Math.clamp(slab.byteSize() * 2, FIRST_SLAB, LARGEST_SLAB);
            while (next < rounded) {
                next *= 2;
            }
            slab = Blocks.shared().take(next, arena);
            slabUsed = 0;
            bytes += next;
        }
        MemorySegment memory = slab.asSlice(slabUsed, size);
        slabUsed += rounded;
        return memory;
    }

    /** Throws if the scope's tensors are dead. */
    void checkOpen() {
        if (closed) {
            throw new IllegalStateException("The scope is closed already.");
        }
    }

    /** Begins a use that {@link #close} waits for; throws if the scope's tensors are dead. */
    void enter() {
        if (uses.getAndIncrement() < 0) {
            exit();
            checkOpen();
        }
    }

    /** Ends a use. */
    void exit() {
        if (uses.decrementAndGet() == CLOSED) {
            synchronized (uses) {
                uses.notifyAll();
            }
        }
    }

    /** Lets no use begin and waits for the end of those that run. Interrupts are kept for later. */
    private void endUses() {
        boolean interrupted = false;
        if (uses.addAndGet(CLOSED) != CLOSED) {
            synchronized (uses) {
                while (uses.get() != CLOSED) {
                    try {
                        uses.wait();
                    } catch (InterruptedException e) {
                        interrupted = true;
                    }
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Frees the memory. Kernels that read it on other threads are waited for; a thread that closes a scope from within a
     * kernel that reads it would wait for itself, which is an error.
     */
    @Override
    public void close() {
        if (!closed && InUse.here(this)) {
            throw new IllegalStateException("A scope is closed by the operation that reads its tensors.");
        }
        List<ArenaScope> open;
        List<Runnable> last;
        boolean small;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            small = bytes <= SMALL_SCOPE;
            bytes = 0;
            open = new ArrayList<>(children);
            children.clear();
            last = actions == null ? List.of() : actions.reversed();
        }
        for (ArenaScope child : open) {
            child.close();
        }
        endUses();
        try {
            last.forEach(Runnable::run);
        } finally {
            free(small);
        }
    }

    private void free(boolean small) {
        if (arena != null) {
            if (small) {
                Reaper.close(arena);
            } else {
                arena.close();
            }
        }
        if (parent != null) {
            parent.forget(this);
        }
    }

    private synchronized void forget(ArenaScope child) {
        children.remove(child);
    }
}
