package lathe.nvfp4;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings the quantizer {@code nvfp4}. */
public final class Nvfp4Plugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.quantizer("nvfp4", Nvfp4Config.class, Nvfp4Quantizer::new)
                .cites("arXiv:2509.25149", "Pretraining Large Language Models with NVFP4")
                .summary("Rounds weights to 4-bit floats with an 8-bit float for every 16 inputs and one factor.")
                .example("packed { quantize = nvfp4, of = dense }"));
    }
}
