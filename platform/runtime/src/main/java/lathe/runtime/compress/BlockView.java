package lathe.runtime.compress;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;

import lathe.models.architecture.Block;
import lathe.models.notes.PassedNotes;
import lathe.models.transformer.ModelWeights;
import lathe.models.transformer.Transformer;
import lathe.spi.LatheException;
import lathe.spi.Notes;
import lathe.spi.model.LayerInfo;
import lathe.spi.model.ModelInfo;
import lathe.spi.model.Site;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.BlockEdit;
import lathe.spi.weight.BlockScene;
import lathe.spi.weight.WeightScene;

/** One block to be edited, with the calibration states that enter it. */
final class BlockView implements BlockScene, PassedNotes, AutoCloseable {
    private final Transformer model;
    private final int block;
    private final List<Site> sites;
    private final StatisticsCollector collector;
    private final Calibration calibration;
    private final Walk.Scenes scenes;
    private final Notes listener;
    private final Scope scope;
    private SequenceStates middle;

    /** @param calibration null if the node has no calibration text */
    BlockView(Transformer model, int block, List<Site> sites, StatisticsCollector collector, Calibration calibration,
            Walk.Scenes scenes, Notes listener, Scope scope) {
        this.model = requireNonNull(model, "model is null");
        this.block = block;
        this.sites = List.copyOf(sites);
        this.collector = requireNonNull(collector, "collector is null");
        this.calibration = calibration;
        this.scenes = requireNonNull(scenes, "scenes is null");
        this.listener = requireNonNull(listener, "listener is null");
        this.scope = requireNonNull(scope, "scope is null");
    }

    @Override
    public Notes listener() {
        return listener;
    }

    @Override
    public ModelInfo model() {
        return model.info();
    }

    @Override
    public LayerInfo layer() {
        return model.info().layers().get(block);
    }

    @Override
    public Scope scope() {
        return scope;
    }

    @Override
    public List<Site> sites() {
        return sites;
    }

    @Override
    public WeightScene weight(Site site) {
        if (!sites.contains(site)) {
            throw new IllegalArgumentException("The site " + site + " is not one of the block's: " + sites + ".");
        }
        return scenes.of(site, collector, scope);
    }

    @Override
    public Optional<Tensor> bias(Site site) {
        return model.weights().bias(site).map(bias -> scope.zeros(bias.shape().toArray()).assign(bias));
    }

    @Override
    public Tensor vector(String name) {
        Tensor stored = model.weights().vector("blocks." + block + "." + name).orElseThrow(
                () -> new LatheException("Block " + block + " has no vector " + name + "."));
        return scope.zeros(stored.shape().toArray()).assign(stored);
    }

    @Override
    public Tensor run(Part part, BlockEdit edit, Scope target) {
        if (calibration == null) {
            throw new LatheException("The method runs blocks and needs text for that: add calibration { data = ... }.");
        }
        ModelWeights weights = model.weights().with(block, edit);
        try (Transformer edited = model.with(weights)) {
            Tensor all = target.zeros(calibration.tokens(), model.info().hidden());
            int row = 0;
            for (int i = 0; i < calibration.sequences(); i++) {
                try (Scope local = target.child()) {
                    Tensor input = part == Part.FEED_FORWARD ? middle(i) : calibration.hidden(i);
                    Tensor output = edited.runPart(block, part, input, calibration.pass(i), local);
                    all.slice(0, row, row + output.size(0)).assign(model.compute().read(output, local));
                    row += output.size(0);
                }
            }
            return all;
        }
    }

    /** What enters the feed-forward part: the block's input, plus its attention where that comes first. */
    private Tensor middle(int sequence) {
        if (middle == null) {
            Block shape = model.config().blocks().get(block);
            if (shape.parallel()) {
                return calibration.hidden(sequence);
            }
            middle = calibration.states(model.info().hidden());
            for (int i = 0; i < calibration.sequences(); i++) {
                middle(shape, i);
            }
        }
        return middle.get(sequence);
    }

    private void middle(Block shape, int sequence) {
        Tensor state = calibration.hidden(sequence);
        try (Scope local = scope.child()) {
            Tensor sum = model.runPart(block, Part.ATTENTION, state, calibration.pass(sequence), local);
            if (shape.residualScale() != 1) {
                model.compute().write(
                        model.compute().read(sum, local).in(local).multiply(shape.residualScale()), sum);
            }
            model.compute().accumulate(sum, state, 1);
            middle.get(sequence).assign(model.compute().read(sum, local));
        }
    }

    @Override
    public void close() {
        if (middle != null) {
            middle.close();
        }
    }
}
