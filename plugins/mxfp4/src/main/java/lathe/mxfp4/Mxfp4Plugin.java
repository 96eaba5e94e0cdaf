package lathe.mxfp4;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings the quantizer {@code mxfp4}. */
public final class Mxfp4Plugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.quantizer("mxfp4", Mxfp4Config.class, Mxfp4Quantizer::new)
                .cites("arXiv:2310.10537", "Microscaling Data Formats for Deep Learning")
                .summary("Rounds weights to 4-bit floats with a power of two for every 32 inputs.")
                .example("packed { quantize = mxfp4, of = dense }"));
    }
}
