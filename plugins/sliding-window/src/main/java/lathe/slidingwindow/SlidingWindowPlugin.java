package lathe.slidingwindow;

import java.util.List;

import lathe.spi.Default;
import lathe.spi.Method;
import lathe.spi.Plugin;
import lathe.spi.Range;
import lathe.spi.attention.AttentionPlan;

/** Brings the sliding window (arXiv 2004.05150): key j is visible to query i if 0 <= i - j < window. */
public final class SlidingWindowPlugin implements Plugin {
    /**
     * The parameter of a sliding window.
     *
     * @param window keys that a query reads, its own included
     */
    public record SlidingWindowConfig(@Default("512") @Range("[1, inf)") int window) {}

    @Override
    public List<Method<?>> methods() {
        return List.of(Method.attention(
                "sliding-window",
                SlidingWindowConfig.class,
                config -> scene -> new AttentionPlan.SinkWindow(0, config.window()))
                .cites("arXiv:2004.05150", "Longformer: The Long-Document Transformer")
                .summary("Every query reads the last keys alone."));
    }
}
