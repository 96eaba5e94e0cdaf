package lathe.awq;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings AWQ. */
public final class AwqPlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.blockQuantizer("awq", AwqConfig.class, AwqQuantizer::new)
                .cites(
                        "arXiv:2306.00978",
                        "AWQ: Activation-aware Weight Quantization for On-Device LLM Compression and Acceleration")
                .summary("Scales up the inputs that matter, divides them out before, clips groups, then rounds.")
                .example("packed { quantize = awq, of = dense, bits = 4, group = 64 }"));
    }
}
