package lathe.engine.kernels;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

import lathe.engine.blas.VectorGemm;

/**
 * Compiles the loops of a large prompt. Where they are met for the first time, each goes on as objects until the compiler has
 * come to it: at 256 bits a first prompt of 512 tokens took 3.5 seconds with the products' loops alone compiled, 2.7 with all
 * of these, and later ones 0.9.
 */
final class PromptStart {
    private static final int STEP = FourDot.STEP;

    private PromptStart() {}

    /** Happens once a process. */
    static final class Done {
        static {
            run();
        }

        private Done() {}

        /** Returns when the loops are compiled, or a second and a half later. */
        static void await() {}
    }

    private static void run() {
        try (Arena arena = Arena.ofConfined()) {
            List<Runnable> all = new ArrayList<>(VectorGemm.loops(arena));
            all.addAll(loops(arena));
            LoopStart.run(all);
        }
    }

    private static List<Runnable> loops(Arena arena) {
        long numbers = arena.allocate(4L * STEP, 64).address();
        long others = arena.allocate(4L * STEP, 64).address();
        long sums = arena.allocate(4L * Lanes.BYTES, 64).address();
        float[] input = new float[2 * STEP];
        return List.of(
                () -> Exponential.weigh(numbers, 0, STEP, 0),
                () -> Exponential.gateSilu(numbers, others, STEP, numbers),
                () -> Norms.affineInLanes(numbers, 0, 1, others, 0, 0, numbers, STEP),
                () -> FourDot.halves(others, 0, 1, input, 0, STEP, sums),
                () -> FourDot.sum(4, sums, others));
    }
}
