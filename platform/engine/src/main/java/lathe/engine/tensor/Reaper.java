package lathe.engine.tensor;

import java.lang.foreign.Arena;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Closes arenas of scopes that held little. Closing a shared arena stops every thread for a moment, about 0.1 ms for the
 * caller, which is more than a layer of a small model takes; nobody waits for it here. The tensors of such a scope are dead
 * at once, since they ask their scope.
 */
final class Reaper {
    private static final LinkedBlockingQueue<Arena> DEAD = new LinkedBlockingQueue<>();

    static {
        Thread thread = new Thread(Reaper::run, "lathe-reaper");
        thread.setDaemon(true);
        thread.start();
    }

    private Reaper() {}

    static void close(Arena arena) {
        DEAD.add(arena);
    }

    private static void run() {
        while (true) {
            try {
                Arena arena = DEAD.take();
                if (!tryClose(arena)) {
                    Thread.sleep(1);
                    DEAD.add(arena);
                }
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** Fails while a native call still reads the memory. */
    private static boolean tryClose(Arena arena) {
        try {
            arena.close();
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }
}
