package lathe.denseexperts;

import lathe.spi.router.ExpertSlots;
import lathe.spi.router.Router;
import lathe.spi.router.RouterLogits;
import lathe.spi.router.Routing;
import lathe.spi.router.RoutingLoad;
import lathe.spi.router.RoutingScene;

/**
 * The mixture without sparsity, y = sum_e softmax(H)_e FFN_e(x) (Jacobs et al. 1991; arXiv 1701.06538, eq. 1): the
 * reference that every choice of k experts is compared with.
 */
final class DenseExpertsRouter implements Router {
    @Override
    public Routing route(RoutingScene scene) {
        RouterLogits logits = RouterLogits.of(scene);
        ExpertSlots slots = ExpertSlots.best(logits.values(), logits.probabilities(), logits.experts());
        scene.padding().ifPresent(slots::clear);
        return slots.routing(scene.scope(),
                RoutingLoad.of(logits.probabilities(), slots.load()).statistics());
    }
}
