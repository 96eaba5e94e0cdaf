package lathe.models.exchange;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;

import lathe.models.checkpoint.AtomicFile;
import lathe.models.checkpoint.Visible;
import lathe.spi.LatheException;

/**
 * A folder that appears whole or not at all: filled under another name beside its place, then renamed. What processes that
 * were killed left under such names is removed when the next one comes to the same place: a folder that is being filled has a
 * file that is locked, and the lock dies with its process.
 */
final class NewFolder implements AutoCloseable {
    private static final Gson JSON = new GsonBuilder().serializeNulls().setPrettyPrinting().disableHtmlEscaping()
            .create();

    private static final String LOCK = ".lock";
    /** Those of this process, whose locks would be lost if their files were opened and closed again. */
    private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

    private final Path place;
    private final Path temporary;
    private final FileChannel locked;

    NewFolder(Path place) {
        this.place = requireNonNull(place, "place is null").toAbsolutePath().normalize();
        this.temporary = this.place.resolveSibling("." + this.place.getFileName() + "." + UUID.randomUUID() + ".tmp");
        try {
            if (Files.exists(this.place) && !isEmptyFolder(this.place)) {
                throw new LatheException(Visible.path(place)
                        + " is there already and not empty; nothing is overwritten, choose another folder.");
            }
            removeAbandoned();
            OWN.add(temporary);
            Files.createDirectories(temporary);
            locked = FileChannel.open(temporary.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            lock(locked);
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    private void removeAbandoned() throws IOException {
        if (!Files.isDirectory(place.getParent())) {
            return;
        }
        Pattern names = Pattern.compile(Pattern.quote("." + place.getFileName() + ".") + "[0-9a-f-]{36}\\.tmp");
        List<Path> left;
        try (Stream<Path> siblings = Files.list(place.getParent())) {
            left = siblings.filter(sibling -> names.matcher(sibling.getFileName().toString()).matches()
                    && Files.isDirectory(sibling, LinkOption.NOFOLLOW_LINKS) && isAbandoned(sibling)).toList();
        }
        left.forEach(NewFolder::delete);
    }

    /** Without a lock it may be about to get one, or to be published, unless it has been so for long. */
    private static boolean isAbandoned(Path folder) {
        if (OWN.contains(folder)) {
            return false;
        }
        try {
            if (!Files.exists(folder.resolve(LOCK))) {
                return Files.getLastModifiedTime(folder).toInstant().isBefore(Instant.now().minus(1, ChronoUnit.DAYS));
            }
            try (FileChannel channel = FileChannel.open(folder.resolve(LOCK), StandardOpenOption.WRITE)) {
                return lock(channel);
            }
        } catch (IOException perhapsJustPublished) {
            return false;
        }
    }

    /** False if somebody else has the lock, or where files cannot be locked. */
    private static boolean lock(FileChannel channel) {
        try {
            return channel.tryLock() != null;
        } catch (IOException | OverlappingFileLockException unknown) {
            return false;
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
            Files.deleteIfExists(temporary.resolve(LOCK));
            Files.deleteIfExists(place);
            Files.move(temporary, place, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    /** Removes what was not published. */
    @Override
    public void close() {
        delete(temporary);
        try (FileChannel closing = locked) {
            OWN.remove(temporary);
        } catch (IOException e) {
            // Nothing was written to it.
        }
    }

    private static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            // It stays under a name that nobody reads; an error that led here is the one to report.
        }
    }

    private LatheException unwritable(IOException cause) {
        return new LatheException("The folder " + Visible.path(place) + " cannot be written: "
                + Visible.escape(String.valueOf(cause.getMessage())) + ". Nothing was left there.", cause);
    }
}
