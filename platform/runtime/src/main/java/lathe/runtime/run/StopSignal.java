package lathe.runtime.run;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;

/**
 * Turns an interrupt of the thread that waits for a run into a wish that the run looks at between steps. The run has a
 * thread of its own, which nobody interrupts: an interrupt would close the channels that the store and the report are just
 * being written through.
 */
final class StopSignal {
    private static final long STACK_BYTES = 8L << 20;

    private volatile boolean asked;
    private volatile Runnable answer = () -> {};

    private StopSignal(boolean asked) {
        this.asked = asked;
    }

    /**
     * Does work in a thread of its own and waits for it. An interrupt of the caller is answered by the signal, and is not
     * left standing afterwards.
     *
     * @param work what is done; it ends early by itself when the signal is given
     * @return its result
     */
    static <T> T during(Function<StopSignal, T> work) {
        requireNonNull(work, "work is null");
        StopSignal signal = new StopSignal(Thread.interrupted());
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread thread = Thread.ofPlatform().name("lathe-run").stackSize(STACK_BYTES).start(() -> {
            try {
                result.complete(work.apply(signal));
            } catch (Throwable failure) {
                result.completeExceptionally(failure);
            }
        });
        signal.await(thread);
        try {
            return result.join();
        } catch (CompletionException failure) {
            throw StopSignal.<RuntimeException>asIs(failure.getCause());
        }
    }

    /** A signal that nobody gives. */
    static StopSignal never() {
        return new StopSignal(false);
    }

    private void await(Thread thread) {
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException wish) {
                asked = true;
                answer.run();
            }
        }
    }

    /**
     * What is done at once when the signal is given, while the run still works towards its end: a process that is told to end
     * is not always given the time for that.
     *
     * @param action called by the thread that waits for the run; throws nothing
     */
    void answerWith(Runnable action) {
        answer = requireNonNull(action, "action is null");
    }

    @SuppressWarnings("unchecked")
    private static <E extends Throwable> E asIs(Throwable failure) throws E {
        throw (E) failure;
    }

    boolean asked() {
        return asked;
    }

    /** @throws Stopped if the signal was given */
    void check() {
        if (asked) {
            throw new Stopped();
        }
    }
}
