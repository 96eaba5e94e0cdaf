package lathe.randomrouter;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings the router {@code random-router}. */
public final class RandomPlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.router("random-router", RandomConfig.class, RandomRouter::new)
                .cites("arXiv:2110.04260", "Taming Sparsely Activated Transformer with Stochastic Experts")
                .summary("Sends every token to k experts drawn at random from the experiment's seed: what any learned"
                        + " choice has to beat.")
                .example("served { serve = dense, router { use = random-router } }"));
    }
}
