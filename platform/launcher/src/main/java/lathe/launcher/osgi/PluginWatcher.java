package lathe.launcher.osgi;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import lathe.spi.LatheException;

/**
 * Watches the plugins folder of a running process: what is dropped, replaced or deleted there takes effect for the next
 * plan. Waits until the folder has been quiet for a moment, so that a jar that is being copied is read when it is whole; one
 * that was read too early is read again when the rest arrives.
 */
public final class PluginWatcher implements AutoCloseable {
    private static final long QUIET_MILLIS = 150;

    private final PluginFolder folder;
    private final Consumer<List<String>> listener;
    private final WatchService watch;
    private final Thread thread;

    private PluginWatcher(PluginFolder folder, Consumer<List<String>> listener, WatchService watch) {
        this.folder = folder;
        this.listener = listener;
        this.watch = watch;
        this.thread = Thread.ofPlatform().daemon().name("lathe-plugin-watcher").unstarted(this::loop);
    }

    /**
     * Starts to watch.
     *
     * @param folder   the folder, made if it does not exist
     * @param listener told what was done, a sentence a file
     * @return the watcher, to be closed
     * @throws LatheException if the folder cannot be made or watched
     */
    public static PluginWatcher start(PluginFolder folder, Consumer<List<String>> listener) {
        requireNonNull(listener, "listener is null");
        Path path = folder.folder();
        try {
            Files.createDirectories(path);
            WatchService watch = path.getFileSystem().newWatchService();
            path.register(
                    watch,
                    StandardWatchEventKinds.ENTRY_CREATE,
                    StandardWatchEventKinds.ENTRY_MODIFY,
                    StandardWatchEventKinds.ENTRY_DELETE);
            PluginWatcher watcher = new PluginWatcher(folder, listener, watch);
            watcher.thread.start();
            return watcher;
        } catch (IOException failure) {
            throw new LatheException("The plugins folder " + path + " cannot be watched: " + failure.getMessage(),
                    failure);
        }
    }

    private void loop() {
        try {
            while (true) {
                WatchKey key = watch.take();
                while (key != null) {
                    key.pollEvents();
                    key.reset();
                    key = watch.poll(QUIET_MILLIS, TimeUnit.MILLISECONDS);
                }
                synchronize();
            }
        } catch (InterruptedException | ClosedWatchServiceException closed) {
            Thread.currentThread().interrupt();
        }
    }

    private void synchronize() {
        try {
            List<String> done = folder.synchronize();
            if (!done.isEmpty()) {
                listener.accept(done);
            }
        } catch (LatheException failure) {
            listener.accept(List.of(failure.getMessage()));
        }
    }

    /** Stops to watch; what is installed stays. */
    @Override
    public void close() {
        try {
            watch.close();
            thread.join(TimeUnit.SECONDS.toMillis(5));
        } catch (IOException failure) {
            throw new LatheException("The plugins folder is still watched: " + failure.getMessage(), failure);
        } catch (InterruptedException failure) {
            Thread.currentThread().interrupt();
        }
    }
}
