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

import lathe.report.HeatMap;
import lathe.spi.LatheException;

/** Maps of a judged model, and tables of what methods noted, as plain files beside their numbers. */
public final class MapFiles {
    /** Maps of a judged model. */
    public static final String MAPS = "maps.json";
    /** What methods noted. */
    public static final String NOTES = "notes.json";

    private MapFiles() {}

    /**
     * Writes maps; without any, no file.
     *
     * @param name   of the file
     * @param maps   in order
     * @param folder where the file goes
     */
    public static void write(String name, List<HeatMap> maps, Path folder) {
        if (maps.isEmpty()) {
            return;
        }
        JsonArray all = new JsonArray();
        for (HeatMap map : maps) {
            JsonObject json = new JsonObject();
            json.addProperty("title", map.title());
            json.addProperty("node", map.node());
            json.addProperty("unit", map.unit());
            json.addProperty("row", map.rowName());
            json.addProperty("column", map.columnName());
            JsonArray columns = new JsonArray();
            map.columns().forEach(columns::add);
            json.add("columns", columns);
            JsonArray rows = new JsonArray();
            map.values().forEach(values -> rows.add(row(values)));
            json.add("values", rows);
            all.add(json);
        }
        Manifest.text(folder.resolve(name), all.toString());
    }

    private static JsonArray row(List<Double> values) {
        JsonArray row = new JsonArray();
        values.forEach(value -> row.add(Double.toString(value)));
        return row;
    }

    /**
     * Reads maps.
     *
     * @param name   of the file
     * @param folder where the file may be
     * @return in order; none without a file
     */
    public static List<HeatMap> read(String name, Path folder) {
        Path file = folder.resolve(name);
        if (!Files.isRegularFile(file)) {
            return List.of();
        }
        try {
            List<HeatMap> maps = new ArrayList<>();
            for (JsonElement element : JsonParser.parseString(Files.readString(file)).getAsJsonArray()) {
                JsonObject json = element.getAsJsonObject();
                List<String> columns = new ArrayList<>();
                json.getAsJsonArray("columns").forEach(column -> columns.add(column.getAsString()));
                List<List<Double>> rows = new ArrayList<>();
                for (JsonElement row : json.getAsJsonArray("values")) {
                    List<Double> values = new ArrayList<>();
                    row.getAsJsonArray().forEach(value -> values.add(value.getAsDouble()));
                    rows.add(values);
                }
                maps.add(new HeatMap(json.get("title").getAsString(), json.get("node").getAsString(),
                        json.get("unit").getAsString(), json.get("row").getAsString(), json.get("column").getAsString(),
                        columns, rows));
            }
            return maps;
        } catch (IOException | JsonParseException | IllegalStateException damaged) {
            throw new LatheException("Stored maps in " + folder + " cannot be read: " + damaged.getMessage() + ".",
                    damaged);
        }
    }
}
