package lathe.console;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToIntFunction;

/** A command that runs in the background; what it prints is kept for {@code tail}. */
final class Job {
    private static final int MOST_CHARACTERS = 1 << 20;
    private static final int RUNNING = -1;

    private final int number;
    private final String line;
    private final Instant since = Instant.now();
    private final StringWriter output = new StringWriter();
    private final AtomicInteger code = new AtomicInteger(RUNNING);
    private final Thread thread;
    private volatile boolean cancelled;

    Job(int number, List<String> arguments, ToIntFunction<PrintWriter> work) {
        this.number = number;
        this.line = String.join(" ", arguments);
        this.thread = Thread.ofPlatform().daemon().name("lathe-job-" + number).unstarted(() -> {
            PrintWriter writer = new PrintWriter(output, true);
            int ended = work.applyAsInt(writer);
            writer.flush();
            code.set(ended);
        });
    }

    void start() {
        thread.start();
    }

    /** Asks it to stop; an experiment stops at the next place where it can be taken up again. */
    void cancel() {
        cancelled = true;
        thread.interrupt();
    }

    boolean running() {
        return thread.isAlive();
    }

    void await() throws InterruptedException {
        thread.join();
    }

    int number() {
        return number;
    }

    String line() {
        return line;
    }

    String state() {
        if (running()) {
            return cancelled ? "stopping" : "running";
        }
        return cancelled ? "cancelled" : code.get() == 0 ? "done" : "failed (" + code.get() + ")";
    }

    Duration age() {
        return Duration.between(since, Instant.now());
    }

    /** The last lines of what it printed. */
    List<String> tail(int lines) {
        String text;
        synchronized (output.getBuffer()) {
            StringBuffer buffer = output.getBuffer();
            if (buffer.length() > MOST_CHARACTERS) {
                buffer.delete(0, buffer.length() - MOST_CHARACTERS);
            }
            text = buffer.toString();
        }
        List<String> all = text.lines().toList();
        return all.subList(Math.max(0, all.size() - lines), all.size());
    }
}
