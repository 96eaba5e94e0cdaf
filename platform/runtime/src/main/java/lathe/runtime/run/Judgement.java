package lathe.runtime.run;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

import lathe.models.transformer.RunnableModel;
import lathe.runtime.graph.MethodUse;
import lathe.runtime.graph.Settings;
import lathe.spi.Services;
import lathe.spi.graph.LanguageModel;
import lathe.spi.graph.Measurement;
import lathe.spi.graph.Metric;

/** Measures one model. */
final class Judgement {
    private final Services services;
    private final Function<LanguageModel, JudgeScene> scenes;

    /** @param scenes what is looked at, for a model without reference */
    Judgement(Services services, Function<LanguageModel, JudgeScene> scenes) {
        this.services = requireNonNull(services, "services is null");
        this.scenes = requireNonNull(scenes, "scenes is null");
    }

    List<Measurement> evaluate(Settings.Evaluate settings, RunnableModel subject, Optional<LanguageModel> reference) {
        List<Measurement> all = new ArrayList<>();
        for (MethodUse use : settings.metrics()) {
            // Sequences are numbered anew for every metric, so that none draws other numbers because of those before it.
            all.addAll(metric(use).measure(scenes.apply(subject.anew()).with(reference)));
        }
        return all;
    }

    /** Numbers that are differences already as they are; of others the difference from the reference. */
    List<Measurement> compare(Settings.Compare settings, RunnableModel subject, LanguageModel reference) {
        List<Measurement> all = new ArrayList<>();
        for (MethodUse use : settings.metrics()) {
            List<Measurement> measured = metric(use).measure(
                    scenes.apply(subject.anew()).with(Optional.of(reference)));
            if (relative(use)) {
                all.addAll(measured);
                continue;
            }
            List<Measurement> before = metric(use).measure(scenes.apply(reference));
            measured.forEach(after -> before.stream()
                    .filter(other -> other.metric().equals(after.metric())
                            && other.protocol().equals(after.protocol()))
                    .findFirst().ifPresent(other -> all.add(Measurement.of(after.metric() + "-difference",
                            after.protocol(), after.value() - other.value(), after.unit()))));
        }
        return all;
    }

    private Metric metric(MethodUse use) {
        return (Metric) use.create(services);
    }

    /** Metrics that need a reference say nothing of a model without one. */
    private boolean relative(MethodUse use) {
        return metric(use).isRelative();
    }
}
