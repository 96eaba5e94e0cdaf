package lathe.switchrouter;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings the router {@code switch}. */
public final class SwitchPlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.router("switch", SwitchConfig.class, SwitchRouter::new)
                .cites("arXiv:2101.03961", "Switch Transformers: Scaling to Trillion Parameter Models")
                .summary("Sends every token to its one best expert, as long as that expert has places.")
                .example("served { serve = dense, router { use = switch, drop = none } }"));
    }
}
