package lathe.models.evaluation;

import static java.util.Objects.requireNonNull;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;

import lathe.models.transformer.RunnableModel;
import lathe.spi.Default;
import lathe.spi.LatheException;
import lathe.spi.Range;
import lathe.spi.graph.LanguageModel;
import lathe.spi.graph.Measurement;
import lathe.spi.graph.Metric;
import lathe.spi.graph.MetricScene;
import lathe.spi.tensor.Scope;

/**
 * Most memory of a run of one sequence: weights as stored with what the processor prepared beside them, the cache between
 * passes, and the Java heap.
 */
public final class Memory implements Metric {
    /**
     * What is run.
     *
     * @param prompt   tokens of the prompt
     * @param generate new tokens
     */
    public record Settings(@Default("512") @Range("[1, inf)") int prompt,
            @Default("64") @Range("[1, inf)") int generate) {}

    private final Settings settings;

    /**
     * @param settings what is run
     */
    public Memory(Settings settings) {
        this.settings = requireNonNull(settings, "settings is null");
    }

    @Override
    public boolean wantsQuiet() {
        return true;
    }

    @Override
    public List<Measurement> measure(MetricScene scene) {
        int needed = settings.prompt() + settings.generate();
        if (scene.tokens().length < needed) {
            throw new LatheException("The text has " + scene.tokens().length + " tokens, too few for a run of " + needed
                    + ".");
        }
        LanguageModel model = scene.subject();
        long cache = 0;
        long heap = 0;
        try (LanguageModel.Session session = model.openFor(needed)) {
            int from = 0;
            for (int to = settings.prompt(); to <= needed; to++) {
                try (Scope local = scene.scope().child()) {
                    session.advance(Arrays.copyOfRange(scene.tokens(), from, to), local);
                }
                cache = Math.max(cache, session.cacheBytes());
                heap = Math.max(heap, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
                from = to;
            }
        }
        long extra = model instanceof RunnableModel own ? own.transformer().extraBytes() : 0;
        return List.of(Measurement.of("peak-bytes", "weights", model.weightBytes() + extra, "bytes"),
                Measurement.of("peak-bytes", "cache", cache, "bytes"),
                Measurement.of("peak-bytes", "heap", heap, "bytes"));
    }
}
