package lathe.randomrouter;

import java.util.stream.IntStream;

import lathe.spi.numeric.RandomStream;
import lathe.spi.router.ExpertSlots;
import lathe.spi.router.Router;
import lathe.spi.router.RouterLogits;
import lathe.spi.router.Routing;
import lathe.spi.router.RoutingLoad;
import lathe.spi.router.RoutingScene;

/**
 * k different experts drawn for every token, each set equally likely, as THOR does in training (arXiv 2110.04260). The
 * draws come from the scene's stream, so that the same seed draws the same experts with any number of threads.
 */
final class RandomRouter implements Router {
    private final RandomConfig config;

    RandomRouter(RandomConfig config) {
        this.config = config;
    }

    @Override
    public Routing route(RoutingScene scene) {
        RouterLogits logits = RouterLogits.of(scene);
        int k = Math.min(scene.expertsPerToken(), logits.experts());
        ExpertSlots slots = new ExpertSlots(logits.tokens(), k, logits.experts());
        float[] row = new float[logits.experts()];
        for (int token = 0; token < logits.tokens(); token++) {
            logits.values().copyRow(token, row);
            int[] drawn = draw(scene.random(), (long) token * row.length, row.length, k);
            for (int choice = 0; choice < k; choice++) {
                float logit = config.weights() == RandomConfig.Weights.EQUAL ? 0 : row[drawn[choice]];
                slots.put(token, choice, drawn[choice], logit);
            }
        }
        slots.softmax();
        scene.padding().ifPresent(slots::clear);
        return slots.routing(scene.scope(),
                RoutingLoad.of(logits.probabilities(), slots.load()).statistics());
    }

    /** The first k of a shuffle (Fisher and Yates), which draws each set of k experts with the same probability. */
    private static int[] draw(RandomStream random, long counter, int experts, int k) {
        int[] order = IntStream.range(0, experts).toArray();
        for (int i = 0; i < k; i++) {
            int other = i + random.below(counter + i, experts - i);
            int swapped = order[i];
            order[i] = order[other];
            order[other] = swapped;
        }
        return IntStream.of(order).limit(k).toArray();
    }
}
