package lathe.runtime.recipe;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import lathe.models.checkpoint.AtomicFile;
import lathe.report.ClaimRow;
import lathe.report.ClaimVerdict;
import lathe.runtime.config.Places;
import lathe.spi.LatheException;

/**
 * Judged recipes as a file: {@code [{recipe, file, title, citation, methods, run, baseline: [...], claims: [{says, where,
 * verdict, holds, numbers, reason}]}]}.
 */
public final class ClaimsFile {
    /** The file's name in a run folder. */
    public static final String NAME = "claims.json";
    private static final Gson JSON = new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

    private ClaimsFile() {}

    /**
     * Writes a file whole or not at all.
     *
     * @param reproductions judged recipes
     * @param file          where it goes
     * @throws LatheException if it cannot be written
     */
    public static void write(List<Reproduction> reproductions, Path file) {
        JsonArray all = new JsonArray();
        reproductions.forEach(reproduction -> all.add(json(reproduction)));
        AtomicFile.write(file, channel -> {
            var bytes = StandardCharsets.UTF_8.encode(JSON.toJson(all) + "\n");
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        });
    }

    private static JsonObject json(Reproduction reproduction) {
        JsonObject json = new JsonObject();
        json.addProperty("recipe", reproduction.id());
        json.addProperty("file", Places.shown(reproduction.file()));
        json.addProperty("title", reproduction.title());
        json.addProperty("citation", reproduction.citation());
        JsonArray methods = new JsonArray();
        reproduction.methods().forEach(methods::add);
        json.add("methods", methods);
        reproduction.run().ifPresent(run -> json.addProperty("run", Places.shown(run.folder())));
        json.add("baseline", rows(reproduction.baseline()));
        json.add("claims", rows(reproduction.claims()));
        return json;
    }

    private static JsonArray rows(List<ClaimRow> rows) {
        JsonArray array = new JsonArray();
        for (ClaimRow row : rows) {
            JsonObject json = new JsonObject();
            json.addProperty("says", row.says());
            json.addProperty("where", row.where());
            json.addProperty("verdict", row.verdict().words());
            json.addProperty("holds", row.condition());
            JsonArray numbers = new JsonArray();
            row.numbers().forEach(numbers::add);
            json.add("numbers", numbers);
            json.addProperty("reason", row.reason());
            array.add(json);
        }
        return array;
    }

    /**
     * Reads a file.
     *
     * @param file written by {@link #write}
     * @return the recipes without their runs
     * @throws LatheException if it cannot be read
     */
    public static List<Reproduction> read(Path file) {
        try {
            List<Reproduction> all = new ArrayList<>();
            for (JsonElement element : JsonParser.parseString(Files.readString(file)).getAsJsonArray()) {
                JsonObject json = element.getAsJsonObject();
                all.add(new Reproduction(text(json, "recipe"), Path.of(text(json, "file")), text(json, "title"),
                        text(json, "citation"), texts(json, "methods"), claims(json, "baseline"),
                        claims(json, "claims"),
                        Optional.empty()));
            }
            return all;
        } catch (IOException failure) {
            throw new LatheException("The file of claims " + Places.shown(file) + " cannot be read: "
                    + failure.getClass().getSimpleName() + " (" + failure.getMessage() + ").", failure);
        } catch (JsonParseException | IllegalStateException | IllegalArgumentException | NullPointerException damaged) {
            throw new LatheException(Places.shown(file)
                    + " is no file of claims as `lathe reproduce --json` writes it: " + damaged.getMessage() + ".",
                    damaged);
        }
    }

    private static List<ClaimRow> claims(JsonObject json, String key) {
        List<ClaimRow> rows = new ArrayList<>();
        for (JsonElement element : json.getAsJsonArray(key)) {
            JsonObject row = element.getAsJsonObject();
            rows.add(new ClaimRow(text(row, "says"), text(row, "where"), ClaimVerdict.ofWords(text(row, "verdict")),
                    text(row, "holds"), texts(row, "numbers"), text(row, "reason")));
        }
        return rows;
    }

    private static String text(JsonObject json, String key) {
        return json.get(key).getAsString();
    }

    private static List<String> texts(JsonObject json, String key) {
        List<String> texts = new ArrayList<>();
        json.getAsJsonArray(key).forEach(text -> texts.add(text.getAsString()));
        return texts;
    }
}
