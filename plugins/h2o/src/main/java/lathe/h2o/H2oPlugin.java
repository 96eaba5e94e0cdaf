package lathe.h2o;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings the cache policy {@code h2o}. */
public final class H2oPlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.evictor("h2o", H2oConfig.class, H2oEvictor::new)
                .cites("arXiv:2306.14048",
                        "H2O: Heavy-Hitter Oracle for Efficient Generative Inference of Large Language Models")
                .summary("Keeps the last tokens and those that received the most attention so far.")
                .example("served { serve = dense, cache { use = h2o, heavy = 64, recent = 64 } }")
                .stage("decode-run-masked", MaskedSimulation::stage));
    }
}
