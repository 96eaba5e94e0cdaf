package lathe.gshard;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings the router {@code gshard-top2}. */
public final class GshardPlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.router("gshard-top2", GshardConfig.class, GshardRouter::new)
                .cites("arXiv:2006.16668", "GShard: Scaling Giant Models with Conditional Computation")
                .summary("Sends every token to two experts, as long as they have places; first choices come first.")
                .example("served { serve = dense, router { use = gshard-top2, drop = none } }"));
    }
}
