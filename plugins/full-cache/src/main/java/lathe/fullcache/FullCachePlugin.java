package lathe.fullcache;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;
import lathe.spi.kv.FullStore;

/** Brings the full cache under a name, so that it can stand in a list of policies. */
public final class FullCachePlugin implements Plugin {
    /** The full cache has no parameters. */
    public record FullConfig() {}

    @Override
    public List<Method<?>> methods() {
        return List.of(Method.kvPolicy("full", FullConfig.class, config -> FullStore::new)
                .summary("Keeps all tokens exactly: what every other policy is compared with.")
                .example("served { serve = dense, cache { use = full } }"));
    }
}
