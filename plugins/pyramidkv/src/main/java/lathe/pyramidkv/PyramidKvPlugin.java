package lathe.pyramidkv;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings PyramidKV. */
public final class PyramidKvPlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.evictor("pyramidkv", PyramidKvConfig.class, PyramidKv::new)
                .cites("arXiv:2406.02069",
                        "PyramidKV: Dynamic KV Cache Compression based on Pyramidal Information Funneling")
                .summary("SnapKV with budgets that fall from the first layer to the last."));
    }
}
