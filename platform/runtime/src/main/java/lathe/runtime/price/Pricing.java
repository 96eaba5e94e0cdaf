package lathe.runtime.price;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import lathe.runtime.graph.ModelSketch;
import lathe.runtime.graph.Models;
import lathe.runtime.graph.Settings;
import lathe.runtime.graph.Task;
import lathe.spi.Services;
import lathe.spi.graph.ModelSource;
import lathe.spi.tensor.DataType;

/** Prices the tasks of a plan in their order: what each takes follows from the models that it works on. */
public final class Pricing {
    private static final double BYTES_OF_A_TOKEN = 4;

    private final Models models;
    private final Services services;
    private final MachineRate rate;
    private final boolean stored;
    private final Map<String, ModelSketch> known = new HashMap<>();

    /**
     * @param models   looks at models
     * @param services what methods are made with for a trial
     * @param rate     how fast the machine is
     * @param stored   whether the run has a store
     */
    public Pricing(Models models, Services services, MachineRate rate, boolean stored) {
        this.models = requireNonNull(models, "models is null");
        this.services = requireNonNull(services, "services is null");
        this.rate = requireNonNull(rate, "rate is null");
        this.stored = stored;
    }

    /**
     * Prices a plan.
     *
     * @param tasks in an order in which each comes after its inputs
     * @return prices by task; those that nothing is known of are missing
     */
    public Map<String, Price> of(List<Task> tasks) {
        Map<String, Price> prices = new LinkedHashMap<>();
        for (Task task : tasks) {
            price(task).ifPresent(price -> prices.put(task.id(), price));
        }
        return prices;
    }

    private Optional<Price> price(Task task) {
        Optional<ModelSketch> input = task.works().isEmpty()
                ? Optional.empty()
                : Optional.ofNullable(known.get(task.works().getFirst()));
        return switch (task.node().settings()) {
            case Settings.Load load -> Optional.of(load(task, models.describe(load.folder())));
            case Settings.Source source -> source(task, source);
            case Settings.Data data -> Optional.of(Price.NOTHING);
            case Settings.OwnStep step -> Optional.empty();
            case Settings.Serve serve -> input.map(model -> keep(task, model, Price.NOTHING));
            case Settings.Compress compress -> input.map(model -> walk(task, compress, model));
            case Settings.Merge merge -> input.map(model -> merge(task, model));
            case Settings.Export export -> input.map(model -> export(export, model));
            case Settings.Evaluate evaluate -> input.map(model -> new JudgePrice(model, rate).metrics(
                    evaluate.metrics(), task.works().size() > 1, text(task)));
            case Settings.Compare compare -> input.map(model -> new JudgePrice(model, rate).metrics(
                    compare.metrics(), true, text(task)));
            case Settings.Benchmark benchmark -> input.map(model -> new JudgePrice(model, rate).speed(benchmark));
        };
    }

    private Price keep(Task task, ModelSketch model, Price price) {
        known.put(task.id(), model);
        return price;
    }

    /** All weights are read once, to look for NaN. */
    private Price load(Task task, ModelSketch model) {
        return keep(task, model, new Price(0, 0, model.bytes() / rate.bytes()));
    }

    private Optional<Price> source(Task task, Settings.Source settings) {
        Optional<String> config = ((ModelSource) settings.source().create(services)).config();
        return config.map(models::outline).map(model -> keep(task, model,
                new Price(0, model.bytes(), model.bytes() / rate.diskBytes() + model.bytes() / 2.0 / rate.elements())));
    }

    private Price walk(Task task, Settings.Compress settings, ModelSketch model) {
        Price price = new WalkPrice(model, settings, settings.method().create(services), rate,
                services.parallel().threads(), stored).price();
        known.put(task.id(), new ModelSketch(model.info(), model.sites(), price.disk()));
        return new Price(price.memory(), stored ? price.disk() : 0, price.seconds());
    }

    private Price merge(Task task, ModelSketch model) {
        long largest = model.sites().stream()
                .mapToLong(site -> (long) site.outFeatures() * site.inFeatures() * Float.BYTES).max().orElse(0);
        return keep(task, model, new Price(model.bytes() + (task.works().size() + 2L) * largest,
                stored ? model.bytes() : 0, task.works().size() * model.computedParameters() / rate.elements()));
    }

    private Price export(Settings.Export settings, ModelSketch model) {
        int each = settings.type().map(DataType::bytes).orElse(2);
        long largest = model.sites().stream()
                .mapToLong(site -> (long) site.outFeatures() * site.inFeatures() * Float.BYTES).max().orElse(0);
        long bytes = model.computedParameters() * each;
        return new Price(2 * largest, bytes, bytes / rate.diskBytes());
    }

    /** Tokens of the text, by its size; of text that is not there yet nothing is known. */
    private static long text(Task task) {
        Path file = task.node().settings().files().get("on");
        try {
            return file == null ? 0 : (long) (Files.size(file) / BYTES_OF_A_TOKEN);
        } catch (IOException unreadable) {
            return 0;
        }
    }
}
