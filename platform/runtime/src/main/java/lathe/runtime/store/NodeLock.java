package lathe.runtime.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

import lathe.spi.LatheException;

/**
 * Makes sure that a result is computed by one process, and in a process by one thread, while the others wait for it. The lock
 * dies with its process.
 */
public final class NodeLock implements AutoCloseable {
    private static final ConcurrentHashMap<Path, ReentrantLock> INSIDE = new ConcurrentHashMap<>();

    private final ReentrantLock inside;
    private final FileChannel channel;
    private final FileLock lock;

    private NodeLock(ReentrantLock inside, FileChannel channel, FileLock lock) {
        this.inside = inside;
        this.channel = channel;
        this.lock = lock;
    }

    /**
     * Takes the lock of an address, and waits for it if somebody has it.
     *
     * @param store   the store
     * @param address content address
     * @return the lock, to be closed by the same thread
     */
    public static NodeLock take(ArtifactStore store, String address) {
        Path file = store.root().resolve("locks").resolve(address);
        ReentrantLock inside = INSIDE.computeIfAbsent(file, path -> new ReentrantLock());
        inside.lock();
        try {
            Files.createDirectories(file.getParent());
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            return new NodeLock(inside, channel, channel.lock());
        } catch (IOException failure) {
            inside.unlock();
            throw new LatheException("The store's lock " + file + " cannot be taken: " + failure.getMessage() + ".",
                    failure);
        }
    }

    @Override
    public void close() {
        try (FileChannel closing = channel) {
            lock.release();
        } catch (IOException failure) {
            throw new IllegalStateException("A lock cannot be given back.", failure);
        } finally {
            inside.unlock();
        }
    }
}
