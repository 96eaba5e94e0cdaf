package lathe.gptq;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings GPTQ. */
public final class GptqPlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.quantizer("gptq", GptqConfig.class, GptqQuantizer::new)
                .cites(
                        "arXiv:2210.17323",
                        "GPTQ: Accurate Post-Training Quantization for Generative Pre-trained Transformers")
                .summary("Rounds column by column and spreads each column's error over the columns not yet rounded."));
    }
}
