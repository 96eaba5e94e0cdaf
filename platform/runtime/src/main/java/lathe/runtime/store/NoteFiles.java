package lathe.runtime.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import lathe.runtime.portrait.MethodNotes.Noted;
import lathe.spi.LatheException;

/** What a method noted at a finished block, beside the block: a walk that goes on knows what was noted before. */
final class NoteFiles {
    private static final String FILE = "noted.json";

    private NoteFiles() {}

    static void write(List<Noted> noted, Path folder) {
        if (noted.isEmpty()) {
            return;
        }
        JsonArray all = new JsonArray();
        for (Noted each : noted) {
            JsonObject json = new JsonObject();
            json.addProperty("name", each.name());
            json.addProperty("block", each.block());
            json.addProperty("column", each.column());
            json.addProperty("order", each.order());
            json.addProperty("source", each.source());
            JsonArray numbers = new JsonArray();
            each.numbers().forEach(number -> numbers.add(Double.toString(number)));
            json.add("numbers", numbers);
            all.add(json);
        }
        Manifest.text(folder.resolve(FILE), all.toString());
    }

    static List<Noted> read(Path folder) {
        Path file = folder.resolve(FILE);
        if (!Files.isRegularFile(file)) {
            return List.of();
        }
        try {
            List<Noted> noted = new ArrayList<>();
            for (JsonElement element : JsonParser.parseString(Files.readString(file)).getAsJsonArray()) {
                JsonObject json = element.getAsJsonObject();
                List<Double> numbers = new ArrayList<>();
                json.getAsJsonArray("numbers").forEach(number -> numbers.add(number.getAsDouble()));
                noted.add(new Noted(json.get("name").getAsString(), json.get("block").getAsInt(),
                        json.get("column").getAsString(), json.get("order").getAsInt(),
                        json.get("source").getAsString(), numbers));
            }
            return noted;
        } catch (IOException | JsonParseException | IllegalStateException damaged) {
            throw new LatheException("Stored notes in " + folder + " cannot be read: " + damaged.getMessage() + ".",
                    damaged);
        }
    }
}
