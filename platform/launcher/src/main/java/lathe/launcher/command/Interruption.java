package lathe.launcher.command;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Lets Ctrl-C stop a run in order: what is done so far is kept, and the report says what is not. */
final class Interruption implements AutoCloseable {
    private static final long SECONDS_TO_STOP = 5;

    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread hook;

    /** @param running the thread that runs the experiment */
    Interruption(Thread running) {
        this(running, "Stopped in the middle of a node. Running the same file again takes up what was finished.");
    }

    /**
     * @param running the thread that is told
     * @param late    what is said if it takes too long to end
     */
    Interruption(Thread running, String late) {
        hook = new Thread(() -> {
            running.interrupt();
            try {
                if (!ended.await(SECONDS_TO_STOP, TimeUnit.SECONDS)) {
                    System.err.println(late);
                }
            } catch (InterruptedException impatient) {
                Thread.currentThread().interrupt();
            }
        });
        Runtime.getRuntime().addShutdownHook(hook);
    }

    @Override
    public void close() {
        ended.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException stopping) {
            // The process ends already: the hook has done its work.
        }
    }
}
