package lathe.cmoe;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings CMoE: the carver of dense networks, and the router that carved models run with. */
public final class CmoePlugin implements Plugin {
    private static final String PAPER = "arXiv:2502.04416";
    private static final String TITLE = "CMoE: Fast Carving of Mixture-of-Experts for Efficient LLM Inference";

    @Override
    public List<Method<?>> methods() {
        return List.of(
                Method.carver("cmoe", CmoeConfig.class, CmoeCarver::new)
                        .cites(PAPER, TITLE)
                        .summary(
                                "Makes experts of a dense network's neurons that are active together, without training.")
                        .example("carved { convert = cmoe, of = dense, experts = 16, shared = 2, active = 2 }"),
                Method.router("cmoe", CmoeRouterConfig.class, CmoeRouter::new)
                        .cites(PAPER, TITLE)
                        .summary("Scores experts by the activation of the neuron that stands for each.")
                        .stage("carve", CmoeStages::carve)
                        .stage("cluster", CmoeStages::cluster)
                        .stage("route-gradient", CmoeStages::train));
    }
}
