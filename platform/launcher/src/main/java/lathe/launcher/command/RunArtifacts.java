package lathe.launcher.command;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import lathe.spi.LatheException;

/** The models that a run left in the store beside it. */
final class RunArtifacts {
    private static final String LINEAGE = "lineage.json";

    private final Path folder;

    /**
     * @param folder of a run, or any other
     */
    RunArtifacts(Path folder) {
        this.folder = requireNonNull(folder, "folder is null");
    }

    /** Whether a folder holds a model in Lathe's own stored forms. */
    static boolean isStored(Path folder) {
        return Files.isRegularFile(folder.resolve("weights.json"))
                && Files.isRegularFile(folder.resolve("weights.safetensors"));
    }

    /** The folder of a node's model; a folder that is none of a run is its own model. */
    Path model(Optional<String> node) {
        if (!Files.isRegularFile(folder.resolve(LINEAGE))) {
            if (node.isPresent()) {
                throw new LatheException(folder + " is not the folder of a run (it has no " + LINEAGE
                        + "), so that --node has no meaning.");
            }
            return folder;
        }
        Map<String, Path> models = models();
        if (models.isEmpty()) {
            throw new LatheException("The run " + folder + " has left no model in the store "
                    + store() + "; only changed models are kept, and only where the run had a store.");
        }
        if (node.isEmpty() && models.size() == 1) {
            return models.values().iterator().next();
        }
        Path found = node.map(models::get).orElse(null);
        if (found == null) {
            throw new LatheException((node.isEmpty() ? "Say with --node which model of the run is wanted"
                    : "The run has no model '" + node.get() + "'") + "; it has "
                    + String.join(", ", models.keySet().stream().map(title -> "'" + title + "'").toList()) + ".");
        }
        return found;
    }

    private Map<String, Path> models() {
        Map<String, Path> models = new TreeMap<>();
        JsonObject addresses = addresses();
        for (String title : List.copyOf(addresses.keySet())) {
            String address = addresses.get(title).getAsString();
            if (address.matches("[0-9a-f]{4,64}")) {
                Path artifact = store().resolve("objects").resolve(address.substring(0, 2)).resolve(address);
                if (isStored(artifact)) {
                    models.put(title, artifact);
                }
            }
        }
        return models;
    }

    private JsonObject addresses() {
        try {
            return JsonParser.parseString(Files.readString(folder.resolve(LINEAGE))).getAsJsonObject()
                    .getAsJsonObject("addresses");
        } catch (IOException | JsonParseException | IllegalStateException | ClassCastException failure) {
            throw new LatheException(folder.resolve(LINEAGE) + " cannot be read: " + failure.getMessage() + ".",
                    failure);
        }
    }

    /** Runs lie two levels below the folder that holds the store. */
    private Path store() {
        return folder.toAbsolutePath().normalize().getParent().getParent().resolve(".store");
    }
}
