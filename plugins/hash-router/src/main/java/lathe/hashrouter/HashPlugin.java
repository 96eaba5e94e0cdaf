package lathe.hashrouter;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings the router {@code hash}. */
public final class HashPlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.router("hash", HashConfig.class, HashRouter::new)
                .cites("arXiv:2106.04426", "Hash Layers For Large Sparse Models")
                .summary("Sends every token to an expert that its token id decides; nothing is learned.")
                .example("served { serve = dense, router { use = hash, assignment = modulo } }"));
    }
}
