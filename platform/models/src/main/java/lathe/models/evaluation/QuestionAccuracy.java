package lathe.models.evaluation;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;

import com.typesafe.config.Config;

import lathe.models.transformer.RunnableModel;
import lathe.spi.Default;
import lathe.spi.Kind;
import lathe.spi.LatheException;
import lathe.spi.MethodChoice;
import lathe.spi.Range;
import lathe.spi.Services;
import lathe.spi.graph.Measurement;
import lathe.spi.graph.Metric;
import lathe.spi.graph.MetricScene;
import lathe.spi.graph.Task;

/**
 * The fraction of a task's questions that a model answers right, through its cache, with Wilson's 95 % interval. The
 * questions follow from the node's name and the seed, so that all subjects of a node answer the same ones. The protocol is
 * named after the task and what was set of it, such as {@code key-value-pairs-30}.
 */
public final class QuestionAccuracy implements Metric {
    /**
     * Which questions, and how many.
     *
     * @param task    the task that makes them
     * @param samples how many
     */
    public record Settings(MethodChoice task, @Default("20") @Range("[1, 100000]") int samples) {
        /** Checks that the task is there. */
        public Settings {
            requireNonNull(task, "task is null");
        }
    }

    private final Settings settings;
    private final Services services;
    private final Task task;

    /**
     * @param settings which questions
     * @param services finds the task, and draws
     * @throws LatheException if there is no such task
     */
    public QuestionAccuracy(Settings settings, Services services) {
        this.settings = requireNonNull(settings, "settings is null");
        this.services = requireNonNull(services, "services is null");
        this.task = services.method(Kind.TASK, settings.task(), Task.class);
    }

    @Override
    public List<Measurement> measure(MetricScene scene) {
        if (!(scene instanceof TokenizedScene words) || !(scene.subject() instanceof RunnableModel model)) {
            throw new LatheException("Questions can be asked of models that Lathe runs itself only, and "
                    + scene.subject().info().name() + " is run by " + scene.subject().getClass().getName() + ".");
        }
        List<Task.Sample> samples = task.samples(settings.samples(), services.random().stream("questions", 0));
        return List.of(new TaskAccuracy(model, words.tokenizer(), scene.scope()).measure(
                protocol(settings.task()), samples, scene.progress()));
    }

    private static String protocol(MethodChoice choice) {
        TreeMap<String, Object> set = new TreeMap<>(choice.settings());
        choice.parameters().map(Config::root).ifPresent(given -> given.unwrapped().forEach(set::putIfAbsent));
        return choice.id() + set.entrySet().stream().map(entry -> "-" + entry.getKey() + "-" + entry.getValue())
                .collect(Collectors.joining());
    }
}
