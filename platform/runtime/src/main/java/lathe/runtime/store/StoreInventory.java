package lathe.runtime.store;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import lathe.runtime.config.Places;
import lathe.spi.LatheException;

/** What a store holds, how large it is, and which runs refer to it. */
public final class StoreInventory {
    private static final String LINEAGE = "lineage.json";
    private static final String BLOCK = "-block-";

    private final ArtifactStore store;
    private final Map<String, Set<String>> runs;

    private StoreInventory(ArtifactStore store, Map<String, Set<String>> runs) {
        this.store = store;
        this.runs = runs;
    }

    /**
     * One artifact.
     *
     * @param artifact the artifact
     * @param verb     what its node does, such as {@code prune}; {@code block} for a block of a node that was cut off
     * @param bytes    what its files take
     * @param runs     names of the runs that refer to it
     */
    public record Item(Artifact artifact, String verb, long bytes, Set<String> runs) {
        /** Copies the set. */
        public Item {
            requireNonNull(artifact, "artifact is null");
            requireNonNull(verb, "verb is null");
            runs = Set.copyOf(runs);
        }
    }

    /**
     * Looks at a store and at the runs beside it.
     *
     * @param store  the store
     * @param folder the folder of the runs: {@code <folder>/<name>/<time>-<hash>/lineage.json}
     * @return the inventory
     * @throws LatheException if the folder cannot be read
     */
    public static StoreInventory of(ArtifactStore store, Path folder) {
        requireNonNull(store, "store is null");
        Map<String, Set<String>> runs = new HashMap<>();
        if (Files.isDirectory(folder)) {
            try (Stream<Path> found = Files.walk(folder, 3)) {
                for (Path lineage : found.filter(path -> path.endsWith(LINEAGE)).toList()) {
                    String name = folder.relativize(lineage.getParent()).toString();
                    addresses(lineage).forEach(
                            address -> runs.computeIfAbsent(address, key -> new TreeSet<>()).add(name));
                }
            } catch (IOException | UncheckedIOException failure) {
                throw new LatheException("The runs in " + Places.shown(folder) + " cannot be read: "
                        + failure.getMessage() + ".", failure);
            }
        }
        return new StoreInventory(store, runs);
    }

    /** A lineage that cannot be read is an error: what its run refers to must not be taken for garbage. */
    private static List<String> addresses(Path lineage) {
        try {
            JsonObject json = JsonParser.parseString(Files.readString(lineage)).getAsJsonObject();
            List<String> addresses = new ArrayList<>();
            if (json.get("addresses") instanceof JsonObject named) {
                for (JsonElement address : named.asMap().values()) {
                    addresses.add(address.getAsString());
                }
            }
            return addresses;
        } catch (IOException | JsonParseException | IllegalStateException | UnsupportedOperationException damaged) {
            throw new LatheException(Places.shown(lineage) + " cannot be read (" + damaged.getMessage()
                    + "), so that nobody knows what its run refers to: remove the run's folder, or mend the file.",
                    damaged);
        }
    }

    /**
     * All artifacts, the oldest first.
     *
     * @return with sizes and runs
     */
    public List<Item> items() {
        return store.list().stream().map(artifact -> new Item(artifact, verb(artifact), bytes(artifact.folder()),
                runs.getOrDefault(owner(artifact.address()), Set.of()))).toList();
    }

    /** Blocks belong to the node that they are of. */
    private static String owner(String address) {
        int block = address.indexOf(BLOCK);
        return block < 0 ? address : address.substring(0, block);
    }

    private static String verb(Artifact artifact) {
        if (artifact.address().contains(BLOCK)) {
            return "block";
        }
        try {
            JsonElement verb = JsonParser.parseString(artifact.content()).getAsJsonObject().get("verb");
            return verb == null ? "" : verb.getAsString();
        } catch (JsonParseException | IllegalStateException | UnsupportedOperationException unreadable) {
            return "";
        }
    }

    /**
     * Bytes of a folder.
     *
     * @param folder any folder; one that is not there has none
     * @return the sum of its files
     */
    public static long bytes(Path folder) {
        if (!Files.isDirectory(folder)) {
            return 0;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).mapToLong(StoreInventory::size).sum();
        } catch (IOException | UncheckedIOException failure) {
            throw new LatheException("The size of " + Places.shown(folder) + " cannot be told: " + failure.getMessage()
                    + ".", failure);
        }
    }

    /** A file that another process removes meanwhile has no size. */
    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (NoSuchFileException gone) {
            return 0;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
