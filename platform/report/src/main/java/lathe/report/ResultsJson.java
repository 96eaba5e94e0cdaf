package lathe.report;

import java.util.List;
import java.util.Map;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;

/**
 * The rows of a report as JSON trees; {@link ResultsReader} is the way back.
 */
final class ResultsJson {
    private ResultsJson() {}

    static JsonObject run(RunSummary run) {
        JsonObject json = new JsonObject();
        json.addProperty("format", ResultsFile.FORMAT);
        json.addProperty("name", run.name());
        json.addProperty("description", run.description());
        json.addProperty("started", run.started().toString());
        json.add("seconds", number(run.seconds()));
        json.add("facts", of(run.facts()));
        json.add("lineage", of(run.lineage()));
        return json;
    }

    static JsonObject node(NodeRow node) {
        JsonObject json = new JsonObject();
        json.addProperty("name", node.name());
        json.addProperty("verb", node.verb());
        json.addProperty("method", node.method());
        json.addProperty("status", node.status().word());
        json.add("seconds", number(node.seconds()));
        json.addProperty("address", node.address());
        if (node.error() != null) {
            json.addProperty("error", node.error());
        }
        if (node.where() != null) {
            json.addProperty("where", node.where());
        }
        if (!node.inputs().isEmpty()) {
            json.add("inputs", of(node.inputs()));
        }
        if (!node.point().isEmpty()) {
            json.add("point", of(node.point()));
        }
        if (!node.config().isEmpty()) {
            json.add("config", of(node.config()));
        }
        if (!node.notes().isEmpty()) {
            JsonArray notes = new JsonArray();
            node.notes().forEach(note -> notes.add(heatMap(note)));
            json.add("notes", notes);
        }
        return json;
    }

    static JsonObject result(ResultRow row) {
        JsonObject json = new JsonObject();
        json.addProperty("node", row.node());
        json.addProperty("subject", row.subject());
        json.addProperty("metric", row.metric());
        json.addProperty("protocol", row.protocol());
        json.add("value", number(row.value()));
        json.addProperty("unit", row.unit());
        json.add("low", of(row.low()));
        json.add("high", of(row.high()));
        json.add("point", of(row.point()));
        json.addProperty("seed", row.seed());
        return json;
    }

    static JsonObject plot(PlotRequest plot) {
        JsonObject json = new JsonObject();
        json.addProperty("kind", plot.kind().word());
        json.addProperty("x", plot.x());
        json.addProperty("y", plot.y());
        json.addProperty("value", plot.value());
        return json;
    }

    static JsonObject heatMap(HeatMap map) {
        JsonObject json = new JsonObject();
        json.addProperty("title", map.title());
        json.addProperty("node", map.node());
        json.addProperty("unit", map.unit());
        json.addProperty("row", map.rowName());
        json.addProperty("column", map.columnName());
        if (!map.columns().isEmpty()) {
            json.add("columns", of(map.columns()));
        }
        json.add("values", of(map.values()));
        return json;
    }

    static JsonObject claim(ClaimRow claim) {
        JsonObject json = new JsonObject();
        json.addProperty("says", claim.says());
        json.addProperty("where", claim.where());
        json.addProperty("verdict", claim.verdict().words());
        json.addProperty("holds", claim.condition());
        json.add("numbers", of(claim.numbers()));
        json.addProperty("reason", claim.reason());
        return json;
    }

    /**
     * @param value a plain value, see {@link PlainValues}
     * @return its tree
     */
    static JsonElement of(Object value) {
        return switch (value) {
            case null -> JsonNull.INSTANCE;
            case String text -> new JsonPrimitive(text);
            case Boolean truth -> new JsonPrimitive(truth);
            case Double number -> number(number);
            case Number number -> new JsonPrimitive(number);
            case List<?> list -> array(list);
            case Map<?, ?> map -> object(map);
            default -> throw new IllegalArgumentException("No plain value: " + value.getClass().getName());
        };
    }

    private static JsonArray array(List<?> list) {
        JsonArray json = new JsonArray();
        list.forEach(element -> json.add(of(element)));
        return json;
    }

    private static JsonObject object(Map<?, ?> map) {
        JsonObject json = new JsonObject();
        map.forEach((key, value) -> json.add(String.valueOf(key), of(value)));
        return json;
    }

    private static JsonPrimitive number(double value) {
        return Double.isFinite(value) ? new JsonPrimitive(value) : new JsonPrimitive(Double.toString(value));
    }
}
