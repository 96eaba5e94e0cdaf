package lathe.tova;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings TOVA. */
public final class TovaPlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.evictor("tova", TovaConfig.class, Tova::new)
                .cites("arXiv:2401.06104", "Transformers are Multi-State RNNs")
                .summary("Keeps the tokens that the newest query looks at, the same ones in all heads of a layer."));
    }
}
