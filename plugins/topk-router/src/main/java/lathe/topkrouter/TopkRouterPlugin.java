package lathe.topkrouter;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings the router {@code topk-router}. */
public final class TopkRouterPlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.router("topk-router", TopkConfig.class, TopkRouter::new)
                .cites("arXiv:2401.04088", "Mixtral of Experts")
                .summary("Sends every token to the k experts with the largest probabilities.")
                .example("served { serve = dense, router { use = topk-router, order = raw } }"));
    }
}
