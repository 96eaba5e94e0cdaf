package lathe.runtime.run;

import java.nio.file.Files;
import java.util.List;
import java.util.Optional;

import com.google.gson.JsonParser;

import lathe.runtime.graph.Task;
import lathe.runtime.store.Artifact;
import lathe.runtime.store.ArtifactStore;

/** Says of every task whether the store holds its result, or what has changed since it was computed last. */
final class CacheReasons {
    static final String CACHED = "cached";
    private static final int MOST_CHARACTERS = 100;

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
        return line(ContentChanges.between(JsonParser.parseString(last.content()).getAsJsonObject(),
                JsonParser.parseString(task.content()).getAsJsonObject()));
    }

    /** As many changes as fit on a line, and the number of the others. */
    static String line(List<String> changes) {
        int shown = changes.size();
        while (shown > 1 && line(changes, shown).length() > MOST_CHARACTERS) {
            shown--;
        }
        String line = line(changes, shown);
        return line.length() <= MOST_CHARACTERS ? line : line.substring(0, MOST_CHARACTERS - 3) + "...";
    }

    private static String line(List<String> changes, int shown) {
        int others = changes.size() - shown;
        return String.join(", ", changes.subList(0, shown)) + (others > 0 ? ", and " + others + " more" : "");
    }
}
