package lathe.denseattention;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;
import lathe.spi.attention.AttentionPlan;

/** Brings dense attention under a name, so that it can stand in a list of patterns. */
public final class DenseAttentionPlugin implements Plugin {
    /** Dense attention has no parameters. */
    public record DenseConfig() {}

    @Override
    public List<Method<?>> methods() {
        return List.of(Method.attention("dense", DenseConfig.class, config -> scene -> new AttentionPlan.Dense())
                .cites("arXiv:1706.03762", "Attention Is All You Need")
                .summary("Every query reads all keys before it."));
    }
}
