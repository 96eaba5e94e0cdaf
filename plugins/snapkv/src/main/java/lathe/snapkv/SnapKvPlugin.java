package lathe.snapkv;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings SnapKV. */
public final class SnapKvPlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.evictor("snapkv", SnapKvConfig.class, SnapKv::new)
                .cites("arXiv:2404.14469", "SnapKV: LLM Knows What You are Looking for Before Generation")
                .summary("Keeps the prompt tokens that its last window of queries looks at."));
    }
}
