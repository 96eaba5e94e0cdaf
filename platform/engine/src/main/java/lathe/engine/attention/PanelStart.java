package lathe.engine.attention;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

import lathe.engine.kernels.Exponential;
import lathe.engine.kernels.Lanes;

/**
 * Runs the loops of {@link PanelSoftmax} on few numbers until they are compiled. Before that every vector is an object and an
 * operation takes a hundred times as long; the compiler counts calls, and a prompt makes few long ones.
 */
final class PanelStart {
    private static final long PATIENCE = 1_500_000_000;
    /** A short call takes a tenth of that when compiled and ten times as long before. */
    private static final long COMPILED = 1000;
    /** Short calls between two looks at the clock. */
    private static final int CALLS = 100;
    /** Turns after which the last compiler has been asked; from then on it needs the processor more than the loops do. */
    private static final int TURNS = 60;

    private PanelStart() {}

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
            List<Runnable> waiting = new ArrayList<>(loops(arena.allocate(4L * Lanes.BYTES, 64).address()));
            for (int turn = 0; !waiting.isEmpty() && System.nanoTime() < end; turn++) {
                waiting.removeIf(PanelStart::isCompiled);
                if (turn >= TURNS) {
                    Thread.sleep(1);
                }
            }
        } catch (InterruptedException e) {
            // The prompt is only slower; who asked for the interruption learns of it.
            Thread.currentThread().interrupt();
        }
    }

    private static List<Runnable> loops(long memory) {
        int step = PanelLoops.STEP;
        int rows = PanelLoops.ROWS;
        float[] tile = new float[2 * PanelLoops.TOGETHER * PanelLoops.PITCH];
        float[] panel = new float[2 * PanelLoops.TOGETHER * rows];
        float[] few = new float[rows];
        Tile numbers = new Tile();
        numbers.set(memory, 4 * Lanes.N);
        return List.of(
                () -> PanelLoops.scores(step, step, tile, 0, panel, 0, panel, 0),
                () -> PanelLoops.addValues(step, step, tile, 0, panel, 0, panel, 0),
                () -> PanelLoops.hide(panel, 0, step, few, few),
                () -> PanelLoops.largest(panel, 0, step, few, 0),
                () -> Exponential.weigh(panel, 0, step * rows, few, few),
                () -> PanelLoops.scale(panel, 0, step, few),
                () -> PanelLoops.copy(numbers, 1, 4 * Lanes.N, tile));
    }

    private static boolean isCompiled(Runnable loop) {
        long start = System.nanoTime();
        for (int call = 0; call < CALLS; call++) {
            loop.run();
        }
        return System.nanoTime() - start < CALLS * COMPILED;
    }
}
