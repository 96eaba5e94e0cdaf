package lathe.fp8;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings the quantizer {@code fp8}. */
public final class Fp8Plugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.quantizer("fp8", Fp8Config.class, Fp8Quantizer::new)
                .cites("arXiv:2209.05433", "FP8 Formats for Deep Learning")
                .summary("Rounds weights to 8-bit floats with a scale a tensor, output channel or group.")
                .example("packed { quantize = fp8, of = dense, scaling = channel }"));
    }
}
