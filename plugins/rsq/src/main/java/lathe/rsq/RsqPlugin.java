package lathe.rsq;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings the quantizer {@code rsq}. */
public final class RsqPlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.quantizer("rsq", RsqConfig.class, RsqQuantizer::new)
                .cites("arXiv:2503.01820", "RSQ: Learning from Important Tokens Leads to Better Quantized LLMs")
                .summary(
                        "Rotates the model, lets important tokens count more in the statistics, and rounds as GPTQ does.")
                .example(
                        "packed { quantize = rsq, of = dense, bits = 3, rMin = 0.01, calibration { data = ${data.text} } }")
                .stage("token-weights", Stages::tokenWeights)
                .stage("rotate-block", Stages::rotateBlock));
    }
}
