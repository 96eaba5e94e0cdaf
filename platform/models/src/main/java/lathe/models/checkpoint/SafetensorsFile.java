package lathe.models.checkpoint;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

import lathe.engine.tensor.LargePages;
import lathe.spi.LatheException;

/**
 * One safetensors file: eight bytes with the length of the header (little-endian), the header (JSON), the data. The data
 * is mapped, not read: opening a file takes the same time and memory whatever its size.
 */
public final class SafetensorsFile implements AutoCloseable {
    /** Files of so many bytes ask for large pages: smaller ones stay in the processor. */
    private static final long LARGE = 32L << 20;

    private final Path path;
    private final FileChannel channel;
    private final Arena arena;
    private final long size;
    private final MemorySegment data;
    private final Map<String, String> metadata;
    private final Map<String, TensorEntry> tensors;

    private SafetensorsFile(Path path, FileChannel channel, Arena arena) throws IOException {
        this.path = path;
        this.channel = channel;
        this.arena = arena;
        this.size = channel.size();
        long header = headerLength();
        long begin = Long.BYTES + header;
        SafetensorsHeader claims = SafetensorsHeader.read(path, headerBytes(header), size - begin);
        this.metadata = claims.metadata();
        this.data = size == begin
                ? MemorySegment.NULL
                : mapped().asSlice(begin);
        Map<String, TensorEntry> entries = LinkedHashMap.newLinkedHashMap(claims.claims().size());
        for (SafetensorsHeader.Claim claim : claims.claims()) {
            entries.put(claim.name(), new TensorEntry(this, claim));
        }
        this.tensors = Collections.unmodifiableMap(entries);
    }

    private MemorySegment mapped() throws IOException {
        MemorySegment whole = channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
        if (size >= LARGE) {
            LargePages.advise(whole);
        }
        return whole;
    }

    /**
     * Opens a file and checks its header against its size.
     *
     * @param path the file
     * @return the file, to be closed by the caller
     * @throws LatheException if it cannot be read or is not a valid safetensors file
     */
    public static SafetensorsFile open(Path path) {
        requireNonNull(path, "path is null");
        FileChannel channel = RegularFile.open(path);
        Arena arena = Arena.ofShared();
        try {
            return new SafetensorsFile(path, channel, arena);
        } catch (IOException e) {
            release(channel, arena);
            throw RegularFile.unreadable(path, e);
        } catch (RuntimeException | Error e) {
            release(channel, arena);
            throw e;
        }
    }

    /**
     * Where the file lies.
     *
     * @return its path, as it was given
     */
    public Path path() {
        return path;
    }

    /**
     * The texts under {@code __metadata__}.
     *
     * @return keys and texts; empty if there are none
     */
    public Map<String, String> metadata() {
        return metadata;
    }

    /**
     * The tensors in the order of their bytes.
     *
     * @return all tensors
     */
    public Collection<TensorEntry> tensors() {
        return tensors.values();
    }

    /**
     * A tensor by name.
     *
     * @param name the name
     * @return the tensor, or nothing
     */
    public Optional<TensorEntry> find(String name) {
        return Optional.ofNullable(tensors.get(name));
    }

    /** Releases the mapping; segments of its tensors can no longer be read. */
    @Override
    public void close() {
        release(channel, arena);
    }

    /** A tensor's bytes, after a look whether the file still has them: a page beyond its end would be a fault. */
    MemorySegment data(String tensor, long offset, long bytes) {
        try {
            if (channel.size() < size) {
                throw new LatheException(Visible.path(path) + " was shortened from " + size + " to " + channel.size()
                        + " bytes while it was in use; the tensor " + Visible.name(tensor) + " cannot be read.");
            }
        } catch (IOException e) {
            throw RegularFile.unreadable(path, e);
        }
        return data.asSlice(offset, bytes);
    }

    private long headerLength() throws IOException {
        ByteBuffer prefix = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (prefix.hasRemaining() && channel.read(prefix) >= 0) {
            continue;
        }
        if (prefix.hasRemaining()) {
            throw problem("it has " + prefix.position() + " bytes, too few for the length of its header");
        }
        long length = prefix.getLong(0);
        if (length < 0 || length > SafetensorsHeader.LONGEST) {
            throw problem("it claims a header of " + Long.toUnsignedString(length) + " bytes, and "
                    + SafetensorsHeader.LONGEST + " is the most allowed");
        }
        if (length == 0) {
            throw problem("it claims an empty header");
        }
        if (length > size - Long.BYTES) {
            throw problem("it claims a header of " + length + " bytes, but only " + (size - Long.BYTES)
                    + " bytes follow (it is truncated, or not a safetensors file)");
        }
        return length;
    }

    private InputStream headerBytes(long length) {
        return new BoundedStream(Channels.newInputStream(channel), length);
    }

    private LatheException problem(String what) {
        return new LatheException(Visible.path(path) + " is not a valid safetensors file: " + what + ".");
    }

    private static void release(FileChannel channel, Arena arena) {
        arena.close();
        try {
            channel.close();
        } catch (IOException e) {
            // It was open for reading only: nothing is lost.
        }
    }

    /** The first bytes of a stream. */
    private static final class BoundedStream extends InputStream {
        private final InputStream source;
        private long left;

        BoundedStream(InputStream source, long length) {
            this.source = source;
            this.left = length;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int from, int count) throws IOException {
            if (left == 0) {
                return -1;
            }
            int got = source.read(target, from, (int) Math.min(count, left));
            left -= Math.max(got, 0);
            return got;
        }
    }
}
