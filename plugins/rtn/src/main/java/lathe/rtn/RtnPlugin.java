package lathe.rtn;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings the quantizer {@code rtn}. */
public final class RtnPlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.quantizer("rtn", RtnConfig.class, RtnQuantizer::new)
                .cites("arXiv:2210.17323", "GPTQ: Accurate Post-Training Quantization for Generative Pre-trained"
                        + " Transformers (its round-to-nearest baseline)")
                .summary("Rounds every weight to the nearest point of a uniform grid laid over its group.")
                .example("packed { quantize = rtn, of = dense, bits = 4, group = 64 }"));
    }
}
