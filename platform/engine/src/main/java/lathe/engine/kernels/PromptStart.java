package lathe.engine.kernels;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

import lathe.engine.blas.VectorGemm;

/**
 * Runs the loops of a large prompt until they are compiled. Before that every vector is an object and an operation takes a
 * hundred times as long; the compiler counts calls, and a prompt makes few long ones. What takes a prompt of 512 tokens
 * half a second took three more where each loop was met for the first time and went on as objects until the compiler had come to
 * it.
 */
final class PromptStart {
    private static final long PATIENCE = 1_500_000_000;
    /** A short call takes a tenth of that when compiled and ten times as long before. */
    private static final long COMPILED = 1000;
    /** Short calls between two looks at the clock. */
    private static final int CALLS = 100;
    /** Turns after which the last compiler has been asked; from then on it needs the processor more than the loops do. */
    private static final int TURNS = 60;
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
        long end = System.nanoTime() + PATIENCE;
        try (Arena arena = Arena.ofConfined()) {
            List<Runnable> waiting = new ArrayList<>(VectorGemm.loops(arena));
            waiting.addAll(loops(arena));
            for (int turn = 0; !waiting.isEmpty() && System.nanoTime() < end; turn++) {
                waiting.removeIf(PromptStart::isCompiled);
                if (turn >= TURNS) {
                    Thread.sleep(1);
                }
            }
        } catch (InterruptedException e) {
            // The prompt is only slower; who asked for the interruption learns of it.
            Thread.currentThread().interrupt();
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

    private static boolean isCompiled(Runnable loop) {
        long start = System.nanoTime();
        for (int call = 0; call < CALLS; call++) {
            loop.run();
        }
        return System.nanoTime() - start < CALLS * COMPILED;
    }
}
