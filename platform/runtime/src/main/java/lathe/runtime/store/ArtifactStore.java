package lathe.runtime.store;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;

import lathe.runtime.config.Places;
import lathe.spi.LatheException;

/**
 * Artifacts under content addresses in a folder: {@code objects/ab/<address>/} with {@code artifact.json} and the files.
 * An artifact appears whole or not at all; several processes may share a store. What is damaged is moved to
 * {@code quarantine} and computed again.
 */
public final class ArtifactStore {
    private static final String OBJECTS = "objects";
    private static final String QUARANTINE = "quarantine";
    private static final String TEMPORARY = "tmp";

    private final Path root;

    private ArtifactStore(Path root) {
        this.root = root;
    }

    /** Fills the folder of an artifact. */
    @FunctionalInterface
    public interface Filler {
        /**
         * Writes the files.
         *
         * @param folder an empty folder
         */
        void fill(Path folder);
    }

    /**
     * Opens a store, and makes it if it is not there.
     *
     * @param root its folder
     * @return the store
     * @throws LatheException if it cannot be written, or comes from a newer version
     */
    public static ArtifactStore open(Path root) {
        Path folder = requireNonNull(root, "root is null").toAbsolutePath().normalize();
        try {
            Files.createDirectories(folder.resolve(OBJECTS));
            Files.createDirectories(folder.resolve(TEMPORARY));
            StoreFormat.check(folder);
        } catch (IOException failure) {
            throw new LatheException("The store " + Places.shown(folder) + " cannot be written: "
                    + failure.getClass().getSimpleName() + " (" + failure.getMessage()
                    + "). Name another folder with --runs, or run with --no-store.", failure);
        }
        return new ArtifactStore(folder);
    }

    /**
     * Opens a store that must be there.
     *
     * @param root its folder
     * @return the store
     * @throws LatheException if there is none, or it comes from a newer version
     */
    public static ArtifactStore existing(Path root) {
        Path folder = requireNonNull(root, "root is null").toAbsolutePath().normalize();
        if (!Files.isDirectory(folder.resolve(OBJECTS))) {
            throw new LatheException("There is no store " + Places.shown(folder)
                    + ": name the folder of the runs that it belongs to with --runs.");
        }
        return open(folder);
    }

    /**
     * The folder with results that were found damaged.
     *
     * @return may not exist
     */
    public Path quarantine() {
        return root.resolve(QUARANTINE);
    }

    /**
     * Removes what writers left that were killed: temporary folders that have not changed for a day.
     *
     * @param now    the time
     * @param really whether to remove them, or only to look
     * @return bytes that they take
     */
    public long sweep(Instant now, boolean really) {
        long bytes = 0;
        try (Stream<Path> left = Files.list(root.resolve(TEMPORARY))) {
            for (Path folder : left.toList()) {
                if (Files.getLastModifiedTime(folder).toInstant().isBefore(now.minus(1, ChronoUnit.DAYS))) {
                    bytes += StoreInventory.bytes(folder);
                    if (really) {
                        delete(folder);
                    }
                }
            }
        } catch (IOException failure) {
            throw new LatheException("The store " + Places.shown(root) + " cannot be read: " + failure.getMessage()
                    + ".", failure);
        }
        return bytes;
    }

    /** Removes everything that was found damaged. */
    public void clearQuarantine() {
        delete(quarantine());
    }

    /**
     * The folder of the store.
     *
     * @return absolute
     */
    public Path root() {
        return root;
    }

    private Path place(String address) {
        return root.resolve(OBJECTS).resolve(address.substring(0, 2)).resolve(address);
    }

    /**
     * Whether an artifact is there; its files are not looked at.
     *
     * @param address content address
     * @return true if it is
     */
    public boolean holds(String address) {
        return Files.isRegularFile(place(address).resolve(Manifest.FILE));
    }

    /**
     * Finds an artifact and checks all its files.
     *
     * @param address content address
     * @param warning receives a sentence if it was there and is damaged
     * @return the artifact; empty if it is not there or was damaged
     */
    public Optional<Artifact> find(String address, Consumer<String> warning) {
        Path folder = place(address);
        if (!Files.isDirectory(folder)) {
            return Optional.empty();
        }
        Optional<String> damage;
        try {
            Artifact artifact = Manifest.read(folder);
            damage = damage(artifact, address);
            if (damage.isEmpty()) {
                return Optional.of(artifact);
            }
        } catch (IOException | RuntimeException failure) {
            damage = Optional.of("its artifact.json cannot be read (" + failure.getMessage() + ")");
        }
        warning.accept("The stored result " + address + " is damaged: " + damage.get()
                + ". It was moved to quarantine and is computed again.");
        quarantine(folder);
        return Optional.empty();
    }

    private static Optional<String> damage(Artifact artifact, String address) throws IOException {
        if (!artifact.address().equals(address)) {
            return Optional.of("it says that it is " + artifact.address());
        }
        for (Map.Entry<String, String> file : artifact.files().entrySet()) {
            Path path = artifact.file(file.getKey());
            if (!Files.isRegularFile(path)) {
                return Optional.of("its file " + file.getKey() + " is missing");
            } else if (!Digests.of(path).equals(file.getValue())) {
                return Optional.of("its file " + file.getKey() + " has another digest than when it was written");
            }
        }
        return Optional.empty();
    }

    private void quarantine(Path folder) {
        try {
            Path target = root.resolve(QUARANTINE).resolve(folder.getFileName() + "-" + UUID.randomUUID());
            Files.createDirectories(target.getParent());
            Files.move(folder, target);
        } catch (IOException failure) {
            throw new LatheException("The damaged result " + Places.shown(folder)
                    + " cannot be moved away: " + failure.getMessage() + ". Remove it by hand.", failure);
        }
    }

    /**
     * Stores an artifact. If another process stored it meanwhile, that one stays.
     *
     * @param address content address
     * @param node    the node that it was computed for
     * @param content what the address was made of, as JSON
     * @param filler  writes the files
     * @return the artifact
     * @throws LatheException if it cannot be written; nothing half-written is left under the address
     */
    public Artifact put(String address, String node, String content, Filler filler) {
        Path temporary = scratch();
        try {
            Files.createDirectories(temporary);
            filler.fill(temporary);
            return adopt(address, node, content, temporary);
        } catch (IOException | UncheckedIOException failure) {
            throw unwritable(failure);
        } finally {
            delete(temporary);
        }
    }

    /**
     * A name for a folder that somebody fills and {@link #adopt} takes over.
     *
     * @return a path in the store that nobody has used
     */
    public Path scratch() {
        return root.resolve(TEMPORARY).resolve(UUID.randomUUID().toString());
    }

    /**
     * Stores a folder that was filled already; it is moved. If another process stored the result meanwhile, that one stays.
     *
     * @param address   content address
     * @param node      the node that it was computed for
     * @param content   what the address was made of, as JSON
     * @param temporary a folder that {@link #scratch} named; gone afterwards
     * @return the artifact
     * @throws LatheException if it cannot be written; nothing half-written is left under the address
     */
    public Artifact adopt(String address, String node, String content, Path temporary) {
        try {
            Map<String, String> files = new TreeMap<>();
            try (Stream<Path> written = Files.walk(temporary)) {
                for (Path file : written.filter(Files::isRegularFile).toList()) {
                    files.put(temporary.relativize(file).toString().replace('\\', '/'), Digests.of(file));
                }
            }
            Path folder = place(address);
            Manifest.write(new Artifact(address, node, content, Instant.now().truncatedTo(ChronoUnit.MILLIS), temporary,
                    files));
            Files.createDirectories(folder.getParent());
            publish(temporary, folder);
            return Manifest.read(folder);
        } catch (IOException failure) {
            throw unwritable(failure);
        } finally {
            delete(temporary);
        }
    }

    private LatheException unwritable(Exception failure) {
        return new LatheException("A result cannot be kept in " + Places.shown(root) + ": "
                + failure.getClass().getSimpleName() + " (" + failure.getMessage()
                + "). Make room, for instance with `lathe store gc`.", failure);
    }

    private static void publish(Path temporary, Path folder) throws IOException {
        try {
            Files.move(temporary, folder, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileAlreadyExistsException | DirectoryNotEmptyException taken) {
            // Somebody else stored the same result first.
        } catch (AtomicMoveNotSupportedException foreign) {
            throw foreign;
        } catch (IOException failure) {
            if (!Files.isRegularFile(folder.resolve(Manifest.FILE))) {
                throw failure;
            }
        }
    }

    /**
     * All artifacts, by the time when they were stored; what cannot be read is left out.
     *
     * @return the artifacts, files unchecked
     */
    public List<Artifact> list() {
        List<Artifact> all = new ArrayList<>();
        try (Stream<Path> folders = Files.walk(root.resolve(OBJECTS), 2)) {
            for (Path folder : folders.filter(path -> Files.isRegularFile(path.resolve(Manifest.FILE))).toList()) {
                try {
                    all.add(Manifest.read(folder));
                } catch (IOException | RuntimeException unreadable) {
                    // verify() tells of it.
                }
            }
        } catch (IOException failure) {
            throw new LatheException("The store " + Places.shown(root) + " cannot be read: " + failure.getMessage()
                    + ".", failure);
        }
        all.sort(Comparator.comparing(Artifact::created).thenComparing(Artifact::address));
        return all;
    }

    /**
     * Checks every artifact; damaged ones go to quarantine.
     *
     * @return a sentence for each that was damaged
     */
    public List<String> verify() {
        List<String> damaged = new ArrayList<>();
        try (Stream<Path> folders = Files.walk(root.resolve(OBJECTS), 2)) {
            for (Path folder : folders.filter(path -> root.resolve(OBJECTS).relativize(path).getNameCount() == 2)
                    .filter(Files::isDirectory).toList()) {
                find(folder.getFileName().toString(), damaged::add);
            }
        } catch (IOException failure) {
            throw new LatheException("The store " + Places.shown(root) + " cannot be read: " + failure.getMessage()
                    + ".", failure);
        }
        return damaged;
    }

    /**
     * Removes an artifact.
     *
     * @param artifact of this store
     */
    public void remove(Artifact artifact) {
        Path temporary = root.resolve(TEMPORARY).resolve(UUID.randomUUID().toString());
        try {
            Files.move(artifact.folder(), temporary);
        } catch (IOException failure) {
            throw new LatheException("The result " + artifact.address() + " cannot be removed: " + failure.getMessage()
                    + ".", failure);
        }
        delete(temporary);
    }

    /**
     * Removes a temporary folder with all that is in it. What cannot be removed stays.
     *
     * @param folder any folder; nothing happens if it is not there
     */
    public static void delete(Path folder) {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException left) {
            // It lies under tmp, which nobody reads.
        }
    }
}
