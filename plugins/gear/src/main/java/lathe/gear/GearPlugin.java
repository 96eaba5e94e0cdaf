package lathe.gear;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings GEAR. */
public final class GearPlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.kvPolicy("gear", GearConfig.class, Gear::new)
                .cites("arXiv:2403.05527",
                        "GEAR: An Efficient KV Cache Compression Recipe for Near-Lossless Generative Inference of LLM")
                .summary(
                        "Keeps all tokens in few bits, with exact outliers and a low-rank form of what is left of the error.")
                .stage("quantise-cache", GearStages::quantize)
                .stage("low-rank", GearStages::lowRank));
    }
}
