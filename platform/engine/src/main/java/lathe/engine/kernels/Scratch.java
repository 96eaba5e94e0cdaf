package lathe.engine.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Working memory of a thread, handed out like a stack: a frame is opened, takes what it needs and gives all of it back
 * at its end. Blocks stay with the thread, so that inner loops allocate nothing; only what is larger than
 * {@value #LARGE} bytes goes back to the system.
 */
public final class Scratch {
    private static final long LARGE = 32L << 20;
    private static final long BLOCK = 1L << 20;
    private static final ThreadLocal<Scratch> OF_THREAD = ThreadLocal.withInitial(Scratch::new);

    private final List<MemorySegment> blocks = new ArrayList<>();
    private int block;
    private long used;

    private Scratch() {}

    /**
     * Opens a frame of the calling thread. Frames are closed in the reverse order, by the same thread; other threads may
     * use the memory meanwhile.
     *
     * @return a frame
     */
    public static Frame frame() {
        return new Frame(OF_THREAD.get());
    }

    private long take(long bytes) {
        while (block < blocks.size()) {
            if (used + bytes <= blocks.get(block).byteSize()) {
                long address = blocks.get(block).address() + used;
                used += bytes;
                return address;
            }
            block++;
            used = 0;
        }
        // Released by the garbage collector after the thread has ended.
        blocks.add(Arena.ofAuto().allocate(Math.max(BLOCK, bytes), 64));
        used = bytes;
        return blocks.getLast().address();
    }

    /** What is taken from here lives until {@link #close}. */
    public static final class Frame implements AutoCloseable {
        private final Scratch scratch;
        private final int block;
        private final long used;
        private Arena large;

        private Frame(Scratch scratch) {
            this.scratch = scratch;
            this.block = scratch.block;
            this.used = scratch.used;
        }

        /**
         * Memory for floats, not cleared, aligned to 64 bytes.
         *
         * @param count how many
         * @return the address
         */
        public long floats(long count) {
            return bytes(4 * count);
        }

        /**
         * Memory, not cleared, aligned to 64 bytes.
         *
         * @param count bytes
         * @return the address
         */
        public long bytes(long count) {
            // Two cache lines beyond the end, so that whole vectors may be read there.
            long rounded = (count + 63 & -64) + 128;
            if (rounded <= LARGE) {
                return scratch.take(rounded);
            }
            if (large == null) {
                large = Arena.ofConfined();
            }
            return large.allocate(rounded, 64).address();
        }

        @Override
        public void close() {
            scratch.block = block;
            scratch.used = used;
            if (large != null) {
                large.close();
            }
        }
    }
}
