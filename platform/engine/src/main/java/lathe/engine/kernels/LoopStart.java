package lathe.engine.kernels;

import java.util.ArrayList;
import java.util.List;

/**
 * Runs loops until they are compiled. Before that every vector is an object and an operation takes a hundred times as long;
 * the compiler counts calls, and a prompt makes few long ones.
 */
public final class LoopStart {
    private static final long PATIENCE = 1_500_000_000;
    /** A short call takes a tenth of that when compiled and ten times as long before. */
    private static final long COMPILED = 1000;
    /** Short calls between two looks at the clock. */
    private static final int CALLS = 100;
    /** Turns after which the last compiler has been asked; from then on it needs the processor more than the loops do. */
    private static final int TURNS = 60;

    private LoopStart() {}

    /**
     * Returns when the loops are compiled, or a second and a half later.
     *
     * @param loops short calls, of some tens of vectors each
     */
    public static void run(List<Runnable> loops) {
        long end = System.nanoTime() + PATIENCE;
        List<Runnable> waiting = new ArrayList<>(loops);
        try {
            for (int turn = 0; !waiting.isEmpty() && System.nanoTime() < end; turn++) {
                waiting.removeIf(LoopStart::isCompiled);
                if (turn >= TURNS) {
                    Thread.sleep(1);
                }
            }
        } catch (InterruptedException e) {
            // The prompt is only slower; who asked for the interruption learns of it.
            Thread.currentThread().interrupt();
        }
    }

    private static boolean isCompiled(Runnable loop) {
        long start = System.nanoTime();
        for (int call = 0; call < CALLS; call++) {
            loop.run();
        }
        return System.nanoTime() - start < CALLS * COMPILED;
    }
}
