package lathe.runtime.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import lathe.spi.LatheException;
import lathe.spi.graph.Measurement;

/** Measurements as a plain file. Numbers are written as Java prints them, which reads back exactly, NaN included. */
public final class NumberFiles {
    /** The file in an artifact. */
    public static final String FILE = "measurements.json";

    private NumberFiles() {}

    /**
     * Writes measurements.
     *
     * @param measurements in order
     * @param folder       where the file goes
     */
    public static void write(List<Measurement> measurements, Path folder) {
        JsonArray all = new JsonArray();
        for (Measurement measured : measurements) {
            JsonObject json = new JsonObject();
            json.addProperty("metric", measured.metric());
            json.addProperty("protocol", measured.protocol());
            json.addProperty("value", Double.toString(measured.value()));
            json.addProperty("unit", measured.unit());
            measured.low().ifPresent(low -> json.addProperty("low", Double.toString(low)));
            measured.high().ifPresent(high -> json.addProperty("high", Double.toString(high)));
            all.add(json);
        }
        Manifest.text(folder.resolve(FILE), all.toString());
    }

    /**
     * Reads measurements.
     *
     * @param folder where the file is
     * @return in order
     */
    public static List<Measurement> read(Path folder) {
        List<Measurement> measurements = new ArrayList<>();
        try {
            for (JsonElement element : JsonParser.parseString(Files.readString(folder.resolve(FILE)))
                    .getAsJsonArray()) {
                JsonObject json = element.getAsJsonObject();
                measurements.add(new Measurement(json.get("metric").getAsString(), json.get("protocol").getAsString(),
                        json.get("value").getAsDouble(), json.get("unit").getAsString(), number(json, "low"),
                        number(json, "high")));
            }
            return measurements;
        } catch (IOException failure) {
            throw new LatheException("Stored measurements in " + folder + " cannot be read: " + failure.getMessage()
                    + ".", failure);
        }
    }

    private static Optional<Double> number(JsonObject json, String key) {
        return Optional.ofNullable(json.get(key)).map(JsonElement::getAsDouble);
    }
}
