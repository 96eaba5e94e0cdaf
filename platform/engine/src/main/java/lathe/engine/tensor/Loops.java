package lathe.engine.tensor;

import lathe.spi.numeric.Parallel;

/** Loops over long sequences in chunks that depend on the length alone. */
final class Loops {
    /** Elements of a chunk: below two of them a second thread costs more than it saves. */
    static final int CHUNK = 1 << 15;

    private Loops() {}

    @FunctionalInterface
    interface Range {
        void run(long from, long to);
    }

    /** Runs over [0, count). */
    static void forEach(Parallel parallel, long count, Range body) {
        long chunks = (count + CHUNK - 1) / CHUNK;
        if (chunks <= 1) {
            if (count > 0) {
                body.run(0, count);
            }
            return;
        }
        parallel.forEach(Math.toIntExact(chunks), 1,
                (from, to) -> body.run((long) from * CHUNK, Math.min(count, (long) to * CHUNK)));
    }

    /** Runs over rows of a length, about a chunk's elements at a time. */
    static void forRows(Parallel parallel, long rows, long length, Parallel.Body body) {
        int chunk = Math.clamp(CHUNK / Math.max(1, length), 1, Integer.MAX_VALUE);
        parallel.forEach(Math.toIntExact(rows), chunk, body);
    }
}
