package lathe.models.exchange;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;

import lathe.models.checkpoint.AtomicFile;
import lathe.models.checkpoint.Visible;
import lathe.spi.LatheException;

/** A folder that appears whole or not at all: filled under another name beside its place, then renamed. */
final class NewFolder implements AutoCloseable {
    private static final Gson JSON = new GsonBuilder().serializeNulls().setPrettyPrinting().disableHtmlEscaping()
            .create();

    private final Path place;
    private final Path temporary;

    NewFolder(Path place) {
        this.place = requireNonNull(place, "place is null").toAbsolutePath().normalize();
        this.temporary = this.place.resolveSibling("." + this.place.getFileName() + "." + UUID.randomUUID() + ".tmp");
        try {
            if (Files.exists(this.place) && !isEmptyFolder(this.place)) {
                throw new LatheException(Visible.path(place)
                        + " is there already and not empty; nothing is overwritten, choose another folder.");
            }
            Files.createDirectories(temporary);
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    private static boolean isEmptyFolder(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return false;
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.findAny().isEmpty();
        }
    }

    /** Where to write until all is there. */
    Path path() {
        return temporary;
    }

    void json(String name, Map<String, Object> content) {
        byte[] text = (JSON.toJson(content) + "\n").getBytes(StandardCharsets.UTF_8);
        AtomicFile.write(temporary.resolve(name), channel -> Channels.newOutputStream(channel).write(text));
    }

    void copy(List<Path> files) {
        try {
            for (Path file : files) {
                Files.copy(file, temporary.resolve(file.getFileName()));
            }
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    /** Puts the folder in its place. */
    void publish() {
        try {
            Files.deleteIfExists(place);
            Files.move(temporary, place, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    /** Removes what was not published. */
    @Override
    public void close() {
        if (!Files.exists(temporary)) {
            return;
        }
        try (Stream<Path> files = Files.walk(temporary)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            // It stays under a name that nobody reads; the error that led here is the one to report.
        }
    }

    private LatheException unwritable(IOException cause) {
        return new LatheException("The folder " + Visible.path(place) + " cannot be written: "
                + Visible.escape(String.valueOf(cause.getMessage())) + ". Nothing was left there.", cause);
    }
}
