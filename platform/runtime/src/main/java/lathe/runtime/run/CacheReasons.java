package lathe.runtime.run;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import lathe.runtime.graph.Task;
import lathe.runtime.store.Artifact;
import lathe.runtime.store.ArtifactStore;

/** Says of every task whether the store holds its result, or what has changed since it was computed last. */
final class CacheReasons {
    static final String CACHED = "cached";
    private static final int MOST = 3;

    private final Optional<ArtifactStore> store;
    private final List<Artifact> artifacts;
    private final boolean fresh;

    /** @param options of a run; a store that does not exist is not made */
    CacheReasons(RunOptions options) {
        this.store = options.store().filter(Files::isDirectory).map(ArtifactStore::open);
        this.artifacts = store.map(ArtifactStore::list).orElse(List.of());
        this.fresh = options.fresh();
    }

    String of(Task task) {
        if (!Cache.keeps(task)) {
            return "needs no result of its own";
        } else if (fresh) {
            return "everything is computed again";
        } else if (store.isPresent() && store.get().holds(task.address())) {
            return CACHED;
        }
        Optional<Artifact> last = artifacts.stream()
                .filter(artifact -> artifact.node().equals(task.title()))
                .reduce((earlier, later) -> later);
        return last.map(artifact -> changed(artifact, task)).orElse("never computed");
    }

    private static String changed(Artifact last, Task task) {
        List<String> changes = new ArrayList<>();
        compare("", JsonParser.parseString(last.content()), JsonParser.parseString(task.content()), changes);
        String shown = String.join(", ", changes.subList(0, Math.min(MOST, changes.size())));
        return shown + (changes.size() > MOST ? ", and " + (changes.size() - MOST) + " more" : "");
    }

    private static void compare(String path, JsonElement before, JsonElement now, List<String> changes) {
        if (before == null || now == null) {
            changes.add(path + (before == null ? " is new" : " is gone"));
        } else if (before.isJsonObject() && now.isJsonObject()) {
            JsonObject old = before.getAsJsonObject();
            JsonObject young = now.getAsJsonObject();
            TreeSet<String> keys = new TreeSet<>(old.keySet());
            keys.addAll(young.keySet());
            keys.forEach(
                    key -> compare(path.isEmpty() ? key : path + "." + key, old.get(key), young.get(key), changes));
        } else if (before.isJsonArray() && now.isJsonArray()
                && before.getAsJsonArray().size() == now.getAsJsonArray().size()) {
            for (int i = 0; i < now.getAsJsonArray().size(); i++) {
                String inner = now.getAsJsonArray().size() == 1 ? path : path + "[" + i + "]";
                compare(inner, before.getAsJsonArray().get(i), now.getAsJsonArray().get(i), changes);
            }
        } else if (!before.equals(now)) {
            boolean digests = path.startsWith("inputs") || path.startsWith("files") || path.endsWith(".code");
            changes.add(digests ? path + " changed" : path + " changed from " + before + " to " + now);
        }
    }
}
