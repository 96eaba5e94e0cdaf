package lathe.engine.kernels;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.ToIntFunction;

import lathe.spi.numeric.Parallel;

/** Shares out the rows of one or several weights in one loop, since at the end of every loop threads wait for the slowest. */
final class RowLoop {
    /** What is done with a chunk. */
    interface Body {
        void run(int weight, int from, int to);
    }

    private RowLoop() {}

    /**
     * Runs over all rows.
     *
     * @param parallel who shares the chunks
     * @param kernels  the weights
     * @param chunk    rows of a chunk
     * @param body     is given the index of a weight, a first row and the row after the last
     */
    static void run(Parallel parallel, RowKernel[] kernels, ToIntFunction<RowKernel> chunk, Body body) {
        int[] firsts = new int[kernels.length + 1];
        for (int i = 0; i < kernels.length; i++) {
            firsts[i + 1] = firsts[i] + Math.ceilDiv(kernels[i].outFeatures(), chunk.applyAsInt(kernels[i]));
        }
        int chunks = firsts[kernels.length];
        Shares shares = new Shares(chunks, Math.min(parallel.threads(), chunks));
        parallel.forEach(shares.count(), 1, (from, to) -> {
            for (int share = from; share < to; share++) {
                for (int index = shares.next(share); index >= 0; index = shares.next(share)) {
                    int weight = 0;
                    while (index >= firsts[weight + 1]) {
                        weight++;
                    }
                    int rows = chunk.applyAsInt(kernels[weight]);
                    int first = (index - firsts[weight]) * rows;
                    body.run(weight, first, Math.min(first + rows, kernels[weight].outFeatures()));
                }
            }
        });
    }

    /**
     * Neighbouring chunks for every thread, and those of others from their ends when its own are done. Chunks that go to two
     * threads in turn begin anew for the processor, which fetches ahead of each: rows of 1024 codes of four bits came in 39
     * to 45 ns so, and in 33 to 35 where each thread went on with its own.
     */
    private static final class Shares {
        /** First chunk of a share that nobody has in the upper half, the one after its last in the lower one. */
        private final AtomicLongArray left;

        Shares(int chunks, int count) {
            left = new AtomicLongArray(count);
            for (int share = 0; share < count; share++) {
                left.set(share, (long) chunks * share / count << 32 | (long) chunks * (share + 1) / count);
            }
        }

        int count() {
            return left.length();
        }

        /** The next chunk for the owner of a share, -1 if none is left. */
        int next(int share) {
            for (int i = 0; i < left.length(); i++) {
                int index = i == 0 ? first(share) : last((share + i) % left.length());
                if (index >= 0) {
                    return index;
                }
            }
            return -1;
        }

        private int first(int share) {
            while (true) {
                long chunks = left.get(share);
                if (chunks >>> 32 >= (int) chunks) {
                    return -1;
                }
                if (left.compareAndSet(share, chunks, chunks + (1L << 32))) {
                    return (int) (chunks >>> 32);
                }
            }
        }

        private int last(int share) {
            while (true) {
                long chunks = left.get(share);
                if (chunks >>> 32 >= (int) chunks) {
                    return -1;
                }
                if (left.compareAndSet(share, chunks, chunks - 1)) {
                    return (int) chunks - 1;
                }
            }
        }
    }
}
