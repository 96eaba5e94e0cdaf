package lathe.runtime.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * Watches how much memory the process has of its own: anonymous pages, without the files that it maps. Where the system
 * does not tell (any but Linux) it sees nothing.
 */
final class MemoryWatch implements AutoCloseable {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String LINE = "RssAnon:";
    private static final long MILLIS = 100;

    private final Thread thread = Thread.ofPlatform().daemon().name("lathe-memory").unstarted(this::watch);
    private volatile boolean closed;
    private long peak;

    MemoryWatch() {
        if (now().isPresent()) {
            thread.start();
        }
    }

    private void watch() {
        while (!closed) {
            look();
            try {
                Thread.sleep(MILLIS);
            } catch (InterruptedException end) {
                return;
            }
        }
    }

    private synchronized void look() {
        peak = Math.max(peak, now().orElse(0));
    }

    /** Most bytes since the last call, or since the beginning. */
    synchronized OptionalLong peak() {
        look();
        long most = peak;
        peak = now().orElse(0);
        return most == 0 ? OptionalLong.empty() : OptionalLong.of(most);
    }

    private static OptionalLong now() {
        try {
            return Files.readAllLines(STATUS).stream().filter(line -> line.startsWith(LINE))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024).findFirst();
        } catch (IOException elsewhere) {
            return OptionalLong.empty();
        }
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
    }
}
