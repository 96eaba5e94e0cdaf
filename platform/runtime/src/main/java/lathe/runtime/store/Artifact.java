package lathe.runtime.store;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;

/**
 * A result in the store.
 *
 * @param address its content address
 * @param node    the node that it was computed for, for people
 * @param content what the address was made of, as JSON
 * @param created when it was stored
 * @param folder  where its files lie
 * @param files   SHA-256 of each file by name
 */
public record Artifact(
        String address, String node, String content, Instant created, Path folder, Map<String, String> files) {
    /** Checks that all parts are there. */
    public Artifact {
        requireNonNull(address, "address is null");
        requireNonNull(node, "node is null");
        requireNonNull(content, "content is null");
        requireNonNull(created, "created is null");
        requireNonNull(folder, "folder is null");
        files = Map.copyOf(files);
    }

    /**
     * A file of the artifact.
     *
     * @param name its name
     * @return its path
     */
    public Path file(String name) {
        return folder.resolve(name);
    }
}
