package lathe.runtime.run;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Models and folders that tasks left for others. Each waits for a known number of users; a model is freed with its last.
 * Safe for use by several threads.
 */
final class Shelf {
    private final Map<String, ModelHandle> models = new HashMap<>();
    private final Map<String, Path> folders = new HashMap<>();
    private final Map<String, Integer> waiting = new HashMap<>();

    /** One more task will use what this one leaves. */
    synchronized void expect(String id) {
        waiting.merge(id, 1, Integer::sum);
    }

    /** Takes over one use of the model. */
    synchronized void put(String id, ModelHandle model) {
        models.put(id, model);
    }

    synchronized void put(String id, Path folder) {
        folders.put(id, folder);
    }

    synchronized boolean hasModel(String id) {
        return models.containsKey(id);
    }

    synchronized ModelHandle model(String id) {
        return requireNonNull(models.get(id), () -> "The model of " + id + " is gone.");
    }

    synchronized Path folder(String id) {
        return requireNonNull(folders.get(id), () -> "The files of " + id + " are gone.");
    }

    /** Another model takes the place of a task's, which is freed. */
    synchronized void replace(String id, ModelHandle model) {
        models.put(id, model).release();
    }

    /** Frees a model that nobody waits for. */
    synchronized void drop(String id) {
        if (waiting.getOrDefault(id, 0) == 0 && models.containsKey(id)) {
            models.remove(id).release();
        }
    }

    /** A user is done. */
    synchronized void used(String id) {
        waiting.merge(id, -1, Integer::sum);
        drop(id);
    }

    synchronized void clear() {
        models.values().forEach(ModelHandle::release);
        models.clear();
    }
}
