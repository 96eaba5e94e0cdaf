package lathe.engine.attention;

import java.lang.foreign.Arena;
import java.util.List;

import lathe.engine.kernels.Exponential;
import lathe.engine.kernels.Lanes;
import lathe.engine.kernels.LoopStart;

/** Compiles the loops of {@link PanelSoftmax}. */
final class PanelStart {
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
        try (Arena arena = Arena.ofConfined()) {
            LoopStart.run(loops(arena.allocate(4L * Lanes.BYTES, 64).address()));
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
}
