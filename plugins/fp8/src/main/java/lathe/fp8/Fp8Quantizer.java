package lathe.fp8;

import lathe.spi.Services;
import lathe.spi.numeric.Parallel;
import lathe.spi.operator.LinearOperator;
import lathe.spi.operator.SmallFloat;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.Quantizer;
import lathe.spi.weight.ScaledFloats;
import lathe.spi.weight.WeightScene;

/**
 * 8-bit floats (Micikevicius et al., arXiv 2209.05433), round to nearest: scale = max|w| / largest number, code = the
 * nearest number to w / scale, halves to even. Static weights only; activations stay as they are.
 */
final class Fp8Quantizer implements Quantizer {
    private final Fp8Config config;
    private final Parallel parallel;

    Fp8Quantizer(Fp8Config config, Services services) {
        this.config = config;
        this.parallel = services.parallel();
    }

    @Override
    public LinearOperator quantize(WeightScene scene) {
        return rounding(scene.weight()).round(scene.weight(), parallel, scene.scope());
    }

    private ScaledFloats rounding(Tensor weight) {
        SmallFloat numbers = config.format().numbers();
        if (config.scaling() == Fp8Config.Scaling.TENSOR) {
            float scale = ScaledFloats.largest(weight) / numbers.largest();
            return ScaledFloats.whole(numbers, scale == 0 ? 1 : scale);
        }
        int group = config.scaling() == Fp8Config.Scaling.CHANNEL ? weight.size(1) : config.group();
        return new ScaledFloats(numbers, group, config.scaleType(), 1, largest -> largest / numbers.largest());
    }
}
