package lathe.engine.blas;

import java.lang.foreign.Arena;

/**
 * Runs the loops of a product until they are compiled. Before that every vector is an object and an operation takes a
 * hundred times as long; the compiler counts calls, and a large product makes few long ones: the first prompt of a model of
 * 400 MB took 1.7 seconds longer than later ones without this.
 */
final class LoopStart {
    /** Calls after which the last compiler is asked, five thousand, and some. */
    private static final int CALLS = 6000;
    /** A whole call takes 16 microseconds when compiled and two milliseconds before. */
    private static final long COMPILED = 200_000;
    private static final long PATIENCE = 1_000_000_000;

    private LoopStart() {}

    /** Happens once a process. */
    static final class Done {
        static {
            run();
        }

        private Done() {}

        /** Returns when the loops are compiled, or a second later. */
        static void await() {}
    }

    private static void run() {
        int depth = MicroKernel.DEPTH;
        float[] left = new float[MicroKernel.ROWS * depth + MicroKernel.ROOM];
        float[] right = new float[MicroKernel.COLUMNS * depth + MicroKernel.ROOM];
        float[] sums = new float[MicroKernel.ROWS * MicroKernel.COLUMNS + MicroKernel.ROOM];
        try (Arena arena = Arena.ofConfined()) {
            long memory = arena.allocate(4L * sums.length, 64).address();
            long step = 4L * MicroKernel.COLUMNS;
            for (int call = 0; call < CALLS; call++) {
                MicroKernel.multiply(MicroKernel.STEP, MicroKernel.STEP, left, 0, right, 0, sums);
                RightPanel.squares(memory, right);
                if (call % 2 == 0) {
                    MicroKernel.put(sums, call % 4 == 0, memory, step);
                }
            }
        }
        long end = System.nanoTime() + PATIENCE;
        long before = System.nanoTime();
        while (before < end) {
            MicroKernel.multiply(depth, MicroKernel.STEP, left, 0, right, 0, sums);
            long after = System.nanoTime();
            if (after - before < COMPILED) {
                return;
            }
            before = after;
        }
    }
}
