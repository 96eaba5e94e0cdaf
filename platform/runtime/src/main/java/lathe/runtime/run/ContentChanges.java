package lathe.runtime.run;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

/** Says in few words how what decides a result differs from what decided an earlier one. */
final class ContentChanges {
    /** Longest value that is shown. */
    private static final int MOST_CHARACTERS = 24;

    private final List<String> changes = new ArrayList<>();

    private ContentChanges() {}

    /**
     * The differences of two contents as tasks have them.
     *
     * @return phrases such as {@code wanda.sparsity changed from 0.5 to 0.7}; none if both are the same
     */
    static List<String> between(JsonObject before, JsonObject now) {
        ContentChanges found = new ContentChanges();
        TreeSet<String> keys = new TreeSet<>(before.keySet());
        keys.addAll(now.keySet());
        for (String key : keys) {
            JsonElement old = before.get(key);
            JsonElement young = now.get(key);
            if (key.equals("methods") && old instanceof JsonArray olds && young instanceof JsonArray youngs) {
                found.methods(olds, youngs);
            } else {
                found.compare(key.equals("settings") ? "" : key, old, young);
            }
        }
        return List.copyOf(found.changes);
    }

    /** Methods are told apart by their ids, wherever they stand in the list; metrics can stand in any order. */
    private void methods(JsonArray before, JsonArray now) {
        int told = changes.size();
        Map<String, JsonObject> olds = byId(before);
        Map<String, JsonObject> youngs = byId(now);
        List<JsonObject> gone = new ArrayList<>();
        List<JsonObject> added = new ArrayList<>();
        olds.forEach((id, old) -> {
            if (youngs.containsKey(id)) {
                method(text(old, "id"), old, youngs.get(id));
            } else {
                gone.add(old);
            }
        });
        youngs.forEach((id, young) -> {
            if (!olds.containsKey(id)) {
                added.add(young);
            }
        });
        if (gone.size() == 1 && added.size() == 1 && text(gone.getFirst(), "kind").equals(text(added.getFirst(),
                "kind"))) {
            changes.add(text(gone.getFirst(), "kind") + " changed from " + text(gone.getFirst(), "id") + " to "
                    + text(added.getFirst(), "id"));
        } else {
            added.forEach(method -> changes.add(text(method, "kind") + " " + text(method, "id") + " added"));
            gone.forEach(method -> changes.add(text(method, "kind") + " " + text(method, "id") + " removed"));
        }
        if (changes.size() == told && !before.equals(now)) {
            changes.add("order of the methods changed");
        }
    }

    /** Methods by kind and id; a second use of the same gets a number. */
    private static Map<String, JsonObject> byId(JsonArray methods) {
        Map<String, JsonObject> byId = new LinkedHashMap<>();
        for (JsonElement element : methods) {
            JsonObject method = element.getAsJsonObject();
            String id = text(method, "kind") + " " + text(method, "id");
            int use = 1;
            while (byId.containsKey(id + " " + use)) {
                use++;
            }
            byId.put(id + " " + use, method);
        }
        return byId;
    }

    private void method(String id, JsonObject before, JsonObject now) {
        if (!text(before, "code").equals(text(now, "code"))) {
            changes.add("code of " + id + " changed");
        }
        if (!text(before, "revision").equals(text(now, "revision"))) {
            changes.add("numbers of " + id + " changed");
        }
        compare(id, before.get("config"), now.get("config"));
        if (before.has("files") && now.has("files")) {
            compare("files of " + id, before.get("files"), now.get("files"));
        }
    }

    private static String text(JsonObject object, String key) {
        JsonElement value = object.get(key);
        return value == null ? "" : value.isJsonPrimitive() ? value.getAsString() : value.toString();
    }

    private void compare(String path, JsonElement before, JsonElement now) {
        if (before == null || now == null) {
            changes.add(path + (before == null ? " is new" : " is gone"));
        } else if (before.isJsonObject() && now.isJsonObject()) {
            JsonObject old = before.getAsJsonObject();
            JsonObject young = now.getAsJsonObject();
            TreeSet<String> keys = new TreeSet<>(old.keySet());
            keys.addAll(young.keySet());
            keys.forEach(key -> compare(path.isEmpty() ? key : path + "." + key, old.get(key), young.get(key)));
        } else if (!before.equals(now)) {
            changes.add(path + " changed" + values(path, before.toString(), now.toString()));
        }
    }

    /** Digests and long values say nothing to anybody. */
    private static String values(String path, String before, String now) {
        boolean digests = path.startsWith("inputs") || path.startsWith("files");
        return digests || before.length() > MOST_CHARACTERS || now.length() > MOST_CHARACTERS
                ? ""
                : " from " + before + " to " + now;
    }
}
