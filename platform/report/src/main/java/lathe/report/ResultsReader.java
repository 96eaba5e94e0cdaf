package lathe.report;

import java.io.IOException;
import java.io.StringReader;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;

import lathe.spi.LatheException;

/**
 * Reads the text of a {@code results.json}. Every complaint names the file and the place in it.
 */
final class ResultsReader {
    private static final Set<String> NOT_FINITE = Set.of("NaN", "Infinity", "-Infinity");

    private final String file;

    /**
     * @param file name of the file, for messages
     */
    ResultsReader(String file) {
        this.file = file;
    }

    /**
     * @param text the file's text
     * @return the report in it
     * @throws LatheException when it is not one
     */
    RunReport parse(String text) {
        JsonElement tree = tree(text);
        JsonObject root = object(tree, "the file");
        return new RunReport(run(object(root.get("run"), "run")), rows(root, "nodes", this::node),
                rows(root, "results", this::result), optionalRows(root, "plots", this::plot),
                optionalRows(root, "heatmaps", this::heatMap),
                optionalRows(root, "warnings", warning -> warning.getAsString()),
                optionalRows(root, "claims", this::claim));
    }

    private JsonElement tree(String text) {
        JsonReader reader = new JsonReader(new StringReader(text));
        reader.setStrictness(Strictness.STRICT);
        try {
            JsonElement tree = JsonParser.parseReader(reader);
            if (reader.peek() != JsonToken.END_DOCUMENT) {
                throw damaged("there is more after its end", null);
            }
            return tree;
        } catch (JsonParseException | IOException e) {
            throw damaged(e.getMessage(), e);
        }
    }

    private RunSummary run(JsonObject json) {
        double format = number(json, "format", "run");
        if (format > ResultsFile.FORMAT) {
            throw new LatheException("The results file " + file + " has format " + (long) format
                    + " and was written by a newer Lathe; this one reads up to format " + ResultsFile.FORMAT + ".");
        }
        Map<String, String> facts = new LinkedHashMap<>();
        object(json.get("facts"), "run.facts").asMap().forEach((key, value) -> facts.put(key, value.getAsString()));
        return new RunSummary(text(json, "name", "run"), text(json, "description", "run"), started(json),
                number(json, "seconds", "run"), facts, map(json.get("lineage"), "run.lineage"));
    }

    private Instant started(JsonObject json) {
        try {
            return Instant.parse(text(json, "started", "run"));
        } catch (DateTimeParseException e) {
            throw damaged("run.started is no time such as 2026-01-31T12:00:00Z", e);
        }
    }

    private NodeRow node(JsonObject json, String at) {
        return new NodeRow(text(json, "name", at), text(json, "verb", at), text(json, "method", at), status(json, at),
                number(json, "seconds", at), text(json, "address", at), optionalText(json, "error"),
                optionalText(json, "where"), texts(json, "inputs", at), optionalMap(json, "point", at),
                optionalMap(json, "config", at), notes(json, at));
    }

    private List<HeatMap> notes(JsonObject json, String at) {
        List<HeatMap> notes = new ArrayList<>();
        if (json.has("notes")) {
            array(json.get("notes"), at + ".notes").forEach(
                    note -> notes.add(heatMap(object(note, at + ".notes[]"), at + ".notes[]")));
        }
        return notes;
    }

    private NodeStatus status(JsonObject json, String at) {
        String word = text(json, "status", at);
        try {
            return NodeStatus.ofWord(word);
        } catch (IllegalArgumentException e) {
            throw damaged(at + ".status is \"" + word + "\", which is no status of a node", e);
        }
    }

    /** A list of texts, empty when it is not there. */
    private List<String> texts(JsonObject json, String key, String at) {
        List<String> texts = new ArrayList<>();
        if (json.has(key)) {
            array(json.get(key), at + "." + key).forEach(
                    text -> texts.add(primitive(text, at + "." + key + "[]").getAsString()));
        }
        return texts;
    }

    private ResultRow result(JsonObject json, String at) {
        return new ResultRow(text(json, "node", at), text(json, "subject", at), text(json, "metric", at),
                text(json, "protocol", at), number(json, "value", at), text(json, "unit", at),
                optionalNumber(json, "low", at), optionalNumber(json, "high", at),
                map(json.get("point"), at + ".point"), seed(json, at));
    }

    private long seed(JsonObject json, String at) {
        JsonElement seed = json.get("seed");
        if (seed != null && plain(seed) instanceof Long whole) {
            return whole;
        }
        throw damaged(at + ".seed is no whole number", null);
    }

    private PlotRequest plot(JsonObject json, String at) {
        String word = text(json, "kind", at);
        PlotKind kind = PlotKind.ofWord(word)
                .orElseThrow(() -> damaged(at + ".kind is \"" + word + "\", which is no kind of plot", null));
        return new PlotRequest(kind, text(json, "x", at), text(json, "y", at), text(json, "value", at));
    }

    private HeatMap heatMap(JsonObject json, String at) {
        List<List<Double>> values = new ArrayList<>();
        for (JsonElement row : array(json.get("values"), at + ".values")) {
            List<Double> numbers = new ArrayList<>();
            array(row, at + ".values[]").forEach(value -> numbers.add(number(value, at + ".values[][]")));
            values.add(numbers);
        }
        return new HeatMap(text(json, "title", at), text(json, "node", at), text(json, "unit", at),
                text(json, "row", at), text(json, "column", at), texts(json, "columns", at), values);
    }

    private ClaimRow claim(JsonObject json, String at) {
        String words = text(json, "verdict", at);
        try {
            return new ClaimRow(text(json, "says", at), text(json, "where", at), ClaimVerdict.ofWords(words),
                    text(json, "holds", at), texts(json, "numbers", at), text(json, "reason", at));
        } catch (IllegalArgumentException e) {
            throw damaged(at + ".verdict is \"" + words + "\", which is no verdict", e);
        }
    }

    private interface RowReader<T> {
        T read(JsonObject json, String at);
    }

    private <T> List<T> rows(JsonObject root, String key, RowReader<T> reader) {
        List<T> rows = new ArrayList<>();
        for (JsonElement row : array(root.get(key), key)) {
            String at = key + "[" + rows.size() + "]";
            rows.add(reader.read(object(row, at), at));
        }
        return rows;
    }

    private <T> List<T> optionalRows(JsonObject root, String key, RowReader<T> reader) {
        return root.has(key) ? rows(root, key, reader) : List.of();
    }

    private <T> List<T> optionalRows(JsonObject root, String key, Function<JsonPrimitive, T> reader) {
        List<T> rows = new ArrayList<>();
        if (root.has(key)) {
            array(root.get(key), key).forEach(row -> rows.add(reader.apply(primitive(row, key + "[]"))));
        }
        return rows;
    }

    private JsonObject object(JsonElement json, String at) {
        if (json instanceof JsonObject object) {
            return object;
        }
        throw damaged(at + (json == null ? " is missing" : " is no object"), null);
    }

    private JsonArray array(JsonElement json, String at) {
        if (json instanceof JsonArray array) {
            return array;
        }
        throw damaged(at + (json == null ? " is missing" : " is no list"), null);
    }

    private JsonPrimitive primitive(JsonElement json, String at) {
        if (json instanceof JsonPrimitive primitive) {
            return primitive;
        }
        throw damaged(at + (json == null ? " is missing" : " is no plain value"), null);
    }

    private String text(JsonObject json, String key, String at) {
        return primitive(json.get(key), at + "." + key).getAsString();
    }

    private static String optionalText(JsonObject json, String key) {
        return json.get(key) instanceof JsonPrimitive text ? text.getAsString() : null;
    }

    private double number(JsonObject json, String key, String at) {
        return number(json.get(key), at + "." + key);
    }

    private double number(JsonElement json, String at) {
        JsonPrimitive primitive = primitive(json, at);
        if (primitive.isNumber() || NOT_FINITE.contains(primitive.getAsString())) {
            return Double.parseDouble(primitive.getAsString());
        }
        throw damaged(at + " is \"" + primitive.getAsString() + "\", which is no number", null);
    }

    private Double optionalNumber(JsonObject json, String key, String at) {
        JsonElement value = json.get(key);
        return value == null || value.isJsonNull() ? null : Double.valueOf(number(value, at + "." + key));
    }

    private Map<String, Object> optionalMap(JsonObject json, String key, String at) {
        return json.has(key) ? map(json.get(key), at + "." + key) : Map.of();
    }

    private Map<String, Object> map(JsonElement json, String at) {
        Map<String, Object> map = new LinkedHashMap<>();
        object(json, at).asMap().forEach((key, value) -> map.put(key, plain(value)));
        return map;
    }

    private Object plain(JsonElement json) {
        return switch (json) {
            case JsonArray array -> array.asList().stream().map(this::plain).collect(ArrayList::new, List::add,
                    List::addAll);
            case JsonObject object -> map(object, "");
            case JsonPrimitive value when value.isBoolean() -> value.getAsBoolean();
            case JsonPrimitive value when value.isNumber() -> number(value.getAsString());
            case JsonPrimitive value -> value.getAsString();
            default -> null;
        };
    }

    /** Whole numbers are written without a point, so the text tells both apart. */
    private static Object number(String digits) {
        try {
            return Long.valueOf(digits);
        } catch (NumberFormatException notWhole) {
            return Double.valueOf(digits);
        }
    }

    private LatheException damaged(String what, Exception cause) {
        return new LatheException("The results file " + file + " is damaged or no results file: " + what
                + ". Run the experiment again to have it written anew.", cause);
    }
}
