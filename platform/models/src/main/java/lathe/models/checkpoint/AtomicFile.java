package lathe.models.checkpoint;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

import lathe.spi.LatheException;

/**
 * A file that appears whole or not at all: written under a temporary name beside its place, forced to the disk, renamed.
 * What lay there before stays until then.
 */
public final class AtomicFile implements AutoCloseable {
    /** What fills a file. */
    @FunctionalInterface
    public interface Filler {
        /**
         * Writes the content.
         *
         * @param channel the new file
         * @throws IOException if it cannot be written
         */
        void fill(FileChannel channel) throws IOException;
    }

    private final Path place;
    private final Path temporary;
    private boolean moved;

    private AtomicFile(Path place) {
        this.place = place;
        this.temporary = place.resolveSibling("." + place.getFileName() + "." + UUID.randomUUID() + ".tmp");
    }

    /**
     * Writes a file and puts it in its place.
     *
     * @param place  where it goes
     * @param filler what writes it
     * @throws LatheException if it cannot be written; what lay there is untouched
     */
    public static void write(Path place, Filler filler) {
        try (AtomicFile file = prepare(place, filler)) {
            file.publish();
        }
    }

    /**
     * Writes a file under a temporary name.
     *
     * @param place  where it shall go
     * @param filler what writes it
     * @return the written file, to be published or, by closing it, given up
     * @throws LatheException if it cannot be written
     */
    public static AtomicFile prepare(Path place, Filler filler) {
        requireNonNull(filler, "filler is null");
        AtomicFile file = new AtomicFile(requireNonNull(place, "place is null").toAbsolutePath());
        boolean written = false;
        try (FileChannel channel = FileChannel.open(file.temporary, StandardOpenOption.CREATE_NEW,
                StandardOpenOption.WRITE)) {
            filler.fill(channel);
            channel.force(true);
            written = true;
        } catch (IOException e) {
            throw file.unwritable(e);
        } finally {
            if (!written) {
                file.close();
            }
        }
        return file;
    }

    /**
     * Puts the file in its place.
     *
     * @throws LatheException if the system refuses
     */
    public void publish() {
        try {
            Files.move(temporary, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            moved = true;
            try (FileChannel folder = FileChannel.open(place.getParent(), StandardOpenOption.READ)) {
                folder.force(true);
            }
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    /** Removes the temporary file unless it was published. */
    @Override
    public void close() {
        if (!moved) {
            try {
                Files.deleteIfExists(temporary);
            } catch (IOException e) {
                // It stays under a name that nobody reads; the error that led here is the one to report.
            }
        }
    }

    private LatheException unwritable(IOException cause) {
        return new LatheException(Visible.path(place) + " cannot be written: " + Visible.escape(String.valueOf(
                cause.getMessage())) + ". What lay there is unchanged.", cause);
    }
}
