package lathe.runtime.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import lathe.models.checkpoint.AtomicFile;

/** The file {@code artifact.json} of an artifact: its address, what that was made of, the digests of its files. */
final class Manifest {
    static final String FILE = "artifact.json";
    private static final Gson JSON = new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

    private Manifest() {}

    static void write(Artifact artifact) {
        JsonObject json = new JsonObject();
        json.addProperty("address", artifact.address());
        json.addProperty("node", artifact.node());
        json.addProperty("created", artifact.created().toString());
        json.addProperty("content", artifact.content());
        JsonObject files = new JsonObject();
        new TreeMap<>(artifact.files()).forEach(files::addProperty);
        json.add("files", files);
        text(artifact.folder().resolve(FILE), JSON.toJson(json));
    }

    static Artifact read(Path folder) throws IOException {
        JsonObject json = JsonParser.parseString(Files.readString(folder.resolve(FILE))).getAsJsonObject();
        Map<String, String> files = new TreeMap<>();
        for (Map.Entry<String, JsonElement> file : json.getAsJsonObject("files").entrySet()) {
            files.put(file.getKey(), file.getValue().getAsString());
        }
        return new Artifact(json.get("address").getAsString(), json.get("node").getAsString(),
                json.get("content").getAsString(), Instant.parse(json.get("created").getAsString()), folder, files);
    }

    /** Writes a text file whole or not at all. */
    static void text(Path file, String text) {
        AtomicFile.write(file, channel -> {
            var bytes = StandardCharsets.UTF_8.encode(text);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        });
    }
}
