package lathe.cmoe;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

import lathe.spi.LatheException;
import lathe.spi.MethodChoice;
import lathe.spi.Refusal;
import lathe.spi.backend.Activation;
import lathe.spi.model.ModelInfo;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.router.CarvedExperts;
import lathe.spi.router.Carver;
import lathe.spi.router.CarvingScene;
import lathe.spi.tensor.Tensor;

/**
 * CMoE (arXiv 2502.04416; authors' code: JarvisPei/CMoE, CMoE_utils.py and CMoE_model.py). Neurons that most tokens mark
 * become the shared expert, the others equal groups of neurons that are marked together. The balanced groups are found
 * exactly, by cheapest chains among the groups instead of the authors' assignment of neurons to copies of centres; where the
 * cheapest assignment is not unique, another one may come out.
 *
 * <p>Neurons that are left over where the experts do not divide them go to the shared expert (the authors' code breaks).
 * All calibration tokens are used (the authors' code carves from the first batch alone). Networks need a gate with SiLU:
 * what the score of another one is the paper does not say.
 */
final class CmoeCarver implements Carver {
    private final CmoeConfig config;

    CmoeCarver(CmoeConfig config) {
        this.config = config;
    }

    @Override
    public CarvedExperts carve(CarvingScene scene) {
        check(scene);
        Tensor gate = scene.gate().orElseThrow();
        Tensor normalGate = NeuronMarks.normalised(gate);
        Tensor normalUp = NeuronMarks.normalised(scene.up());
        NeuronMarks marks = new NeuronMarks(scene.width(), scene.tokens());
        scene.eachInput(batch -> marks.take(normalGate, normalUp, batch.inputs(), config.kAct()));
        NeuronGroups groups = NeuronGroups.of(marks, config);
        int[] stand = groups.representatives();
        scene.note("cost", groups.cost());
        return new CarvedExperts(groups.shared(), groups.routed(), normalGate.select(stand), Map.of(
                CmoeRouter.UP, normalUp.select(stand),
                CmoeRouter.SCALE, scene.scope().zeros(stand.length),
                CmoeRouter.BIAS, scene.scope().zeros(stand.length)));
    }

    private void check(CarvingScene scene) {
        if (scene.gate().isEmpty() || scene.activation() != Activation.SILU) {
            throw new LatheException("CMoE scores experts by a gate with SiLU; block " + scene.block() + " of "
                    + scene.model().name() + " has " + (scene.gate().isEmpty() ? "no gate" : scene.activation()) + ".");
        }
        if (config.experts() > scene.width() || config.kAct() > scene.width()) {
            throw new LatheException(tooFew(scene.block(), scene.model(), scene.width()));
        }
    }

    @Override
    public int routed() {
        return config.routed();
    }

    @Override
    public int active() {
        return config.active();
    }

    @Override
    public MethodChoice router() {
        return MethodChoice.parse("cmoe");
    }

    @Override
    public Optional<Refusal> refuses(ModelInfo model, List<Site> sites) {
        if (model.isMixtureOfExperts()) {
            return Optional.of(
                    Refusal.because(model.name() + " has experts already; CMoE carves dense networks."));
        }
        for (String feature : new TreeSet<>(model.features())) {
            if (feature.equals("ungated") || feature.startsWith("activation-")) {
                return Optional.of(Refusal.because("CMoE scores experts by a gate with SiLU, and the networks of "
                        + model.name() + " are others (" + feature + ")."));
            }
        }
        int least = Math.max(config.experts(), config.kAct());
        return sites.stream().filter(site -> site.role() == Role.DOWN && site.inFeatures() < least).findFirst()
                .map(site -> Refusal.because(tooFew(site.block(), model, site.inFeatures())));
    }

    private String tooFew(int block, ModelInfo model, int neurons) {
        return "Block " + block + " of " + model.name() + " has " + neurons + " neurons: too few for "
                + config.experts() + " experts, or for " + config.kAct() + " marks a token.";
    }
}
