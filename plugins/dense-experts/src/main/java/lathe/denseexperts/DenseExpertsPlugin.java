package lathe.denseexperts;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings the router {@code dense-experts}. */
public final class DenseExpertsPlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.router("dense-experts", DenseExpertsConfig.class, config -> new DenseExpertsRouter())
                .summary("Sends every token to all experts, weighted by their probabilities: what sparse routing"
                        + " approximates.")
                .example("served { serve = dense, router { use = dense-experts } }"));
    }
}
