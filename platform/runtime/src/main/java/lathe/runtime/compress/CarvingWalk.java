package lathe.runtime.compress;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;

import lathe.models.transformer.ExpertRouting;
import lathe.models.transformer.ModelWeights;
import lathe.models.transformer.Transformer;
import lathe.runtime.graph.SitePatterns;
import lathe.runtime.portrait.MethodNotes;
import lathe.spi.Kind;
import lathe.spi.LatheException;
import lathe.spi.Services;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.router.CarvedExperts;
import lathe.spi.router.Carver;
import lathe.spi.router.Router;
import lathe.spi.statistics.Prefix;
import lathe.spi.tensor.Scope;
import lathe.spi.weight.BlockEdit;

/** Turns the dense networks of a model into experts, block by block, each seeing the blocks before it as the carver asks. */
public final class CarvingWalk {
    private final Transformer dense;
    private final Carver carver;
    private final SitePatterns patterns;
    private final List<int[]> sequences;
    private final CalibrationMemory memory;
    private final Services services;
    private final Scope result;
    private final Journal journal;

    private MethodNotes notes = new MethodNotes();
    private Transformer current;

    /**
     * @param model     a model without experts; stays usable
     * @param carver    how networks are cut
     * @param patterns  which networks are carved: those whose up projection matches
     * @param sequences calibration tokens; may be empty if the carver needs none
     * @param memory    budget of the activations between blocks
     * @param services  the node's services
     * @param result    where the new weights live
     * @param journal   remembers finished blocks
     */
    public CarvingWalk(Transformer model, Carver carver, SitePatterns patterns, List<int[]> sequences,
            CalibrationMemory memory, Services services, Scope result, Journal journal) {
        this.dense = requireNonNull(model, "model is null");
        this.carver = requireNonNull(carver, "carver is null");
        this.patterns = requireNonNull(patterns, "patterns is null");
        this.sequences = List.copyOf(sequences);
        this.memory = requireNonNull(memory, "memory is null");
        this.services = requireNonNull(services, "services is null");
        this.result = requireNonNull(result, "result is null");
        this.journal = requireNonNull(journal, "journal is null");
        if (carver.calibrates() && sequences.isEmpty()) {
            throw new LatheException("The method needs calibration text, and there is none.");
        }
    }

    /**
     * Hands what the method notes to somebody.
     *
     * @param heard takes it
     * @return this walk
     */
    public CarvingWalk noting(MethodNotes heard) {
        notes = requireNonNull(heard, "heard is null");
        return this;
    }

    /**
     * Walks the model.
     *
     * @return the weights, of which the changed ones live in the result's scope
     */
    public ModelWeights run() {
        Router router = services.method(Kind.ROUTER, carver.router(), Router.class);
        List<Site> targets = dense.weights().sites().stream()
                .filter(site -> site.role() == Role.UP && patterns.matches(site)).toList();
        if (targets.isEmpty()) {
            throw new LatheException("No feed-forward network of the model is left to be carved: look at targets and "
                    + "ignore. Names look like blocks.0.up.");
        }
        current = dense.with(dense.weights().withRouting(new ExpertRouting(carver.active(), carver.router())));
        try (Scope scope = services.openScope();
                Calibration calibration = new Calibration(
                        Passes.of(Optional.of(router), sequences, services), memory, scope)) {
            if (!calibration.isEmpty()) {
                calibration.embed(dense);
            }
            int last = targets.getLast().block();
            int done = 0;
            for (int block = 0; block <= last; block++) {
                int index = block;
                Optional<Site> target = targets.stream().filter(site -> site.block() == index).findFirst();
                if (target.isPresent()) {
                    carve(target.get(), calibration, scope);
                    done++;
                }
                services.progress().update(done, targets.size(), "block " + block);
                if (!calibration.isEmpty() && block < last) {
                    calibration.advance(carver.prefix() == Prefix.DENSE ? dense : current, block);
                }
            }
            return current.weights();
        } finally {
            current.close();
        }
    }

    private void carve(Site up, Calibration calibration, Scope scope) {
        Optional<BlockEdit> finished = journal.recall(up.block(), result);
        if (finished.isPresent()) {
            replace(up.block(), finished.get());
            return;
        }
        try (Scope local = scope.child()) {
            CarvingView view = new CarvingView(dense.info(), current, up, calibration,
                    notes.at(up.block(), "", 0, ""), local);
            CarvedExperts groups = carver.carve(view);
            try {
                groups.requirePartition(up.outFeatures());
            } catch (IllegalArgumentException wrong) {
                throw new IllegalStateException("At block " + up.block() + ": " + wrong.getMessage(), wrong);
            }
            Scope own = result.child();
            replace(up.block(), new ExpertCut(current.weights(), up, groups, current.compute(), own).edit());
            Optional<BlockEdit> kept = journal.keep(up.block(), current.weights(), result);
            if (kept.isPresent()) {
                replace(up.block(), kept.get());
                own.close();
            }
        }
    }

    private void replace(int block, BlockEdit edit) {
        Transformer next = current.with(current.weights().with(block, edit));
        current.close();
        current = next;
    }
}
