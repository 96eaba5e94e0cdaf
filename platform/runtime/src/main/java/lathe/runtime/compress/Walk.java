package lathe.runtime.compress;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

import lathe.models.transformer.LinearInput;
import lathe.models.transformer.ModelWeights;
import lathe.models.transformer.Pass;
import lathe.models.transformer.Transformer;
import lathe.runtime.graph.SitePatterns;
import lathe.runtime.portrait.MethodNotes;
import lathe.spi.LatheException;
import lathe.spi.Services;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.LinearOperator;
import lathe.spi.statistics.Prefix;
import lathe.spi.statistics.Requirements;
import lathe.spi.statistics.Statistics;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.Allocation;
import lathe.spi.weight.BlockEdit;
import lathe.spi.weight.BlockMethod;
import lathe.spi.weight.ModelEdit;
import lathe.spi.weight.TokenWeighting;
import lathe.spi.weight.WeightMethod;

/**
 * Applies a weight method to a model. Blocks are visited in order; the activations that a block is judged by come through
 * the compressed blocks before it, or through the dense model, as the method asks.
 */
public final class Walk {
    private final Transformer original;
    private final WeightMethod method;
    private final Requirements requirements;
    private final SitePatterns patterns;
    private final List<Pass> passes;
    private final CalibrationMemory memory;
    private final boolean pruned;
    private final Services services;
    private final Scope result;
    private final Journal journal;
    private final AtomicBoolean rounded = new AtomicBoolean();
    private MethodNotes notes = new MethodNotes();

    /** The model that the walk begins with: as it came, or rewritten by the method. */
    private Transformer dense;
    private Transformer current;
    private SiteWork work;
    private TokenImportance importance = TokenImportance.NONE;
    private Allocation allocation = Allocation.uniform();
    private int done;
    private int total;

    /**
     * @param model     the model as it is; stays usable
     * @param method    what is done to it
     * @param patterns  which weights are visited
     * @param sequences calibration tokens; may be empty if the method needs no statistics
     * @param pruned    whether the model was pruned before
     * @param services  the node's services
     * @param result    where the new weights live
     * @param journal   remembers finished blocks
     */
    public Walk(Transformer model, WeightMethod method, SitePatterns patterns, List<int[]> sequences, boolean pruned,
            Services services, Scope result, Journal journal) {
        this(model, method, patterns, sequences, CalibrationMemory.standard(), pruned, services, result, journal);
    }

    /**
     * @param model     the model as it is; stays usable
     * @param method    what is done to it
     * @param patterns  which weights are visited
     * @param sequences calibration tokens; may be empty if the method needs no statistics
     * @param memory    budget of the activations between blocks
     * @param pruned    whether the model was pruned before
     * @param services  the node's services
     * @param result    where the new weights live
     * @param journal   remembers finished blocks
     */
    public Walk(Transformer model, WeightMethod method, SitePatterns patterns, List<int[]> sequences,
            CalibrationMemory memory, boolean pruned, Services services, Scope result, Journal journal) {
        this.original = requireNonNull(model, "model is null");
        this.dense = model;
        this.method = requireNonNull(method, "method is null");
        this.requirements = method.requirements();
        this.patterns = requireNonNull(patterns, "patterns is null");
        this.passes = Passes.of(model, method.calibration(sequences), services);
        this.memory = requireNonNull(memory, "memory is null");
        this.pruned = pruned;
        this.services = requireNonNull(services, "services is null");
        this.result = requireNonNull(result, "result is null");
        this.journal = requireNonNull(journal, "journal is null");
        if (!requirements.isEmpty() && passes.isEmpty()) {
            throw new LatheException("The method needs calibration text, and there is none.");
        }
    }

    /**
     * Hands what the method notes to somebody.
     *
     * @param heard takes it
     * @return this walk
     */
    public Walk noting(MethodNotes heard) {
        notes = requireNonNull(heard, "heard is null");
        return this;
    }

    /**
     * Walks the model.
     *
     * @return the weights, of which the changed ones live in the result's scope
     */
    public ModelWeights run() {
        List<Site> sites = dense.weights().sites();
        List<Site> targets = sites.stream().filter(patterns::matches).toList();
        warn(sites, targets);
        total = targets.size();
        prepare();
        current = dense;
        try (Scope scope = services.openScope(); Calibration calibration = new Calibration(passes, memory, scope)) {
            if (method.allocates()) {
                allocation = allocate(targets, scope);
            }
            boolean calibrated = !calibration.isEmpty() && (!requirements.isEmpty() || method instanceof BlockMethod);
            if (calibrated) {
                calibration.embed(dense);
                noteSpill(calibration);
            }
            int last = targets.stream().mapToInt(Site::block).max().orElse(-1);
            boolean head = targets.stream().anyMatch(site -> site.block() < 0);
            for (int block = 0; block <= (head ? dense.info().blocks() - 1 : last); block++) {
                boolean more = head || block < last;
                block(block, calibrated ? calibration : null, more, scope);
            }
            outside(targets.stream().filter(site -> site.block() < 0).toList(), calibrated ? calibration : null, scope);
            return current.weights();
        } finally {
            replace(dense);
            if (dense != original) {
                dense.close();
            }
        }
    }

    /** Rewrites the model where the method wants it, with everything new in the result's scope. */
    private void prepare() {
        try (Scope scope = services.openScope()) {
            ModelEdit edit = method.prepare(new DenseView(original, original.weights().sites()), scope);
            if (!edit.isEmpty()) {
                SiteWork whole = new SiteWork(method, original.compute(), services, result, rounded);
                dense = original.with(whole.stored(edit, original.weights()));
            }
        }
    }

    private void warn(List<Site> sites, List<Site> targets) {
        for (String pattern : patterns.unused(sites)) {
            services.progress().note("The pattern '" + pattern + "' matches no weight of the model. Names look like "
                    + sites.get(sites.size() / 2).name() + ".");
        }
        if (targets.isEmpty()) {
            throw new LatheException("No weight of the model is left to be changed: look at targets and ignore. Names "
                    + "look like " + sites.get(sites.size() / 2).name() + ".");
        }
    }

    private void noteSpill(Calibration calibration) {
        if (calibration.spilled()) {
            services.progress().note("The activations of the calibration text are more than calibration.memory allows "
                    + "and lie in a temporary file.");
        }
    }

    private Allocation allocate(List<Site> targets, Scope scope) {
        services.progress().note("Statistics of the whole dense model come first, for the budget of each weight.");
        StatisticsCollector collector = new StatisticsCollector(targets, requirements.keys(), scope);
        if (!requirements.isEmpty()) {
            for (int i = 0; i < passes.size(); i++) {
                try (Scope local = scope.child()) {
                    collector.sequence(i);
                    dense.hidden(passes.get(i).withListener(collector), local);
                }
                services.progress().update(i + 1, passes.size(), "dense statistics");
            }
        }
        return method.allocate(new DenseView(dense, targets), site -> collector.of(site, scope));
    }

    private void block(int block, Calibration calibration, boolean more, Scope scope) {
        List<Site> sites = current.weights().sites(block).stream().filter(patterns::matches).toList();
        Optional<BlockEdit> finished = sites.isEmpty() ? Optional.empty() : journal.recall(block, result);
        if (finished.isPresent()) {
            replace(current.with(current.weights().with(block, finished.get())));
            done += sites.size();
            services.progress().update(done, total, "block " + block);
        } else {
            // What a block becomes lies in memory only until it is kept; from then on it is mapped.
            Scope own = result.child();
            work = new SiteWork(method, dense.compute(), services, own, rounded);
            compress(block, sites, calibration, scope);
            if (!sites.isEmpty()) {
                Optional<BlockEdit> kept = journal.keep(block, current.weights(), result);
                if (kept.isPresent()) {
                    replace(current.with(current.weights().with(block, kept.get())));
                    own.close();
                }
                // Told after the block is kept: a run that is asked to stop ends here, and must not lose it.
                services.progress().update(done, total, "block " + block);
            }
        }
        if (calibration != null && more) {
            calibration.advance(requirements.prefix() == Prefix.DENSE ? dense : current, block);
        }
    }

    private void compress(int block, List<Site> sites, Calibration calibration, Scope scope) {
        boolean through = calibration != null && requirements.prefix() == Prefix.DENSE;
        if (calibration != null && !requirements.isEmpty() && method instanceof TokenWeighting weighting) {
            importance = TokenImportance.of(weighting, through ? dense : current, block, calibration, scope);
        }
        if (through) {
            try (Scope local = scope.child()) {
                StatisticsCollector collector = new StatisticsCollector(sites, requirements.keys(), local)
                        .weighted(importance);
                calibration.collect(dense, block, collector);
                change(block, sites, collector, calibration, local);
            }
            return;
        }
        for (List<Site> group : groups(sites)) {
            try (Scope local = scope.child()) {
                StatisticsCollector collector = new StatisticsCollector(group, requirements.keys(), local)
                        .weighted(importance);
                if (calibration != null && !requirements.isEmpty()) {
                    calibration.collect(current, block, collector);
                }
                change(block, group, collector, calibration, local);
            }
        }
    }

    /** One group a block, or groups that read the same input, in the order of the computation. */
    private List<List<Site>> groups(List<Site> sites) {
        if (sites.isEmpty()) {
            return List.of();
        }
        if (!requirements.sequential() || method instanceof BlockMethod) {
            return List.of(sites);
        }
        Map<Role, List<Site>> groups = new LinkedHashMap<>();
        sites.forEach(site -> groups.computeIfAbsent(site.role().inputGroup(), role -> new ArrayList<>()).add(site));
        return List.copyOf(groups.values());
    }

    private void change(int block, List<Site> sites, StatisticsCollector collector, Calibration calibration,
            Scope scope) {
        if (sites.isEmpty()) {
            return;
        }
        if (method instanceof BlockMethod editor) {
            try (BlockView view = new BlockView(requirements.prefix() == Prefix.DENSE ? dense : current, block, sites,
                    collector, calibration, this::scene, notes.at(block, "", 0, ""), scope)) {
                BlockEdit edit = work.stored(editor.edit(view), current.weights());
                replace(current.with(current.weights().with(block, edit)));
            }
            done += sites.size();
            return;
        }
        LinearOperator[] changed = new LinearOperator[sites.size()];
        services.parallel().forEach(sites.size(), 1, (from, to) -> {
            for (int i = from; i < to; i++) {
                changed[i] = change(sites.get(i), collector, scope);
            }
        });
        ModelWeights weights = current.weights();
        for (int i = 0; i < changed.length; i++) {
            weights = weights.with(sites.get(i), changed[i]);
        }
        replace(current.with(weights));
    }

    private LinearOperator change(Site site, StatisticsCollector collector, Scope scope) {
        try (Scope local = scope.child()) {
            LinearOperator stored = work.apply(scene(site, collector, local), current.weights().operator(site));
            progress(site);
            return stored;
        } catch (LatheException failure) {
            throw failure;
        } catch (RuntimeException failure) {
            throw new IllegalStateException("At " + site.name() + ": " + failure.getMessage(), failure);
        }
    }

    private synchronized void progress(Site site) {
        done++;
        services.progress().update(done, total, site.name());
    }

    private SiteScene scene(Site site, StatisticsCollector collector, Scope scope) {
        LinearOperator operator = current.weights().operator(site);
        Statistics statistics = collector.of(site, scope);
        return new SiteScene(site, work.numbers(operator, scope), statistics, Masks.of(operator, pruned),
                allocation.shares().getOrDefault(site, Double.NaN),
                notes.at(site.block(), site.role().label(), site.role().ordinal(), site.name()), scope);
    }

    /** The head and other weights outside the blocks, if the user targets them. */
    private void outside(List<Site> sites, Calibration calibration, Scope scope) {
        work = new SiteWork(method, dense.compute(), services, result, rounded);
        for (Site site : sites) {
            try (Scope local = scope.child()) {
                StatisticsCollector collector = new StatisticsCollector(List.of(site), requirements.keys(), local);
                if (calibration != null && site.role() == Role.HEAD) {
                    for (int i = 0; i < calibration.sequences(); i++) {
                        Tensor input = current.compute().read(current.finalNorm(calibration.hidden(i), local), local);
                        collector.sequence(i);
                        collector.input(new LinearInput(List.of(site), input, Optional.empty()));
                    }
                }
                if (method instanceof BlockMethod) {
                    throw new LatheException("The weight " + site.name() + " lies outside the blocks, and the method "
                            + "edits blocks: leave it out of targets.");
                }
                replace(current.with(current.weights().with(site, change(site, collector, local))));
            }
        }
    }

    private void replace(Transformer next) {
        if (current != null && current != dense && current != next) {
            current.close();
        }
        current = next;
    }

    /** The type in which a weight's numbers are stored: that of its source, or float32 if it has none. */
    static DataType type(LinearOperator operator) {
        return SiteWork.valueType(operator);
    }

    /** Makes scenes of single weights for block methods. */
    @FunctionalInterface
    interface Scenes {
        SiteScene of(Site site, StatisticsCollector collector, Scope scope);
    }
}
