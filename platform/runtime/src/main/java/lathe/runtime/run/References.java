package lathe.runtime.run;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

import lathe.runtime.graph.Task;
import lathe.spi.graph.LanguageModel;
import lathe.spi.tensor.Scope;

/**
 * The models that others are compared with: the subjects of a node share what its reference remembers, which is freed with
 * the last of them. Safe for use by several threads.
 */
final class References {
    /** Bytes of a reference's logits that are kept for the next subject. */
    private static final long REMEMBERED = 512L << 20;

    private final TaskRunner runner;
    private final Map<String, RememberingModel> known = new HashMap<>();
    private final Map<String, Integer> waiting = new HashMap<>();

    References(TaskRunner runner) {
        this.runner = requireNonNull(runner, "runner is null");
    }

    /** A task will ask for its reference. */
    synchronized void expect(Task task) {
        if (compares(task)) {
            waiting.merge(key(task), 1, Integer::sum);
        }
    }

    static boolean compares(Task task) {
        return task.node().verb().judges() && task.works().size() > 1;
    }

    private static String key(Task task) {
        return task.node().name() + "/" + task.works().get(1) + "/" + task.seed();
    }

    /** @param opens opens the reference in a scope */
    synchronized LanguageModel of(Task task, Function<Scope, LanguageModel> opens) {
        return known.computeIfAbsent(key(task), key -> {
            Scope scope = runner.openScope();
            return new RememberingModel(opens.apply(scope), scope, REMEMBERED);
        });
    }

    /** A task that was expected is done, whether it asked or not. */
    synchronized void done(Task task) {
        if (compares(task) && waiting.merge(key(task), -1, Integer::sum) == 0) {
            RememberingModel last = known.remove(key(task));
            if (last != null) {
                last.close();
            }
        }
    }

    synchronized void clear() {
        known.values().forEach(RememberingModel::close);
        known.clear();
    }
}
