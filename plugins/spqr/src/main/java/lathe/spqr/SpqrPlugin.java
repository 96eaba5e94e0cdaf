package lathe.spqr;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings the quantizer {@code spqr}. */
public final class SpqrPlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.quantizer("spqr", SpqrConfig.class, SpqrQuantizer::new)
                .cites(
                        "arXiv:2306.03078",
                        "SpQR: A Sparse-Quantized Representation for Near-Lossless LLM Weight Compression")
                .summary(
                        "Small groups with quantised scales, and the few weights that codes would hurt kept as numbers.")
                .example("packed { quantize = spqr, of = dense, bits = 3, outlierThreshold = 0.2 }")
                .stage("leave-one-out-gain", LeaveOneOut::stage));
    }
}
