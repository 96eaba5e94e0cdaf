package lathe.nvfp4;

import lathe.spi.Services;
import lathe.spi.numeric.Parallel;
import lathe.spi.operator.LinearOperator;
import lathe.spi.operator.SmallFloat;
import lathe.spi.tensor.DataType;
import lathe.spi.weight.Quantizer;
import lathe.spi.weight.ScaledFloats;
import lathe.spi.weight.WeightScene;

/**
 * NVFP4 (NVIDIA, arXiv 2509.25149, appendix B): blocks of 16 inputs share a scale in E4M3, the whole weight a factor in
 * float32 that makes the largest block scale 448: t = max|w| / (6 * 448), s = E4M3(max|block| / 6 / t), code = the nearest
 * number of E2M1 to w / (s * t), halves to even.
 *
 * <p>A block so small that its scale would vanish gets the smallest scale of E4M3 instead, 2^-9.
 */
final class Nvfp4Quantizer implements Quantizer {
    private static final int BLOCK = 16;

    private final Parallel parallel;

    /**
     * Makes the method.
     *
     * @param config   nothing to configure
     * @param services the worker pool
     */
    Nvfp4Quantizer(Nvfp4Config config, Services services) {
        this.parallel = services.parallel();
    }

    @Override
    public LinearOperator quantize(WeightScene scene) {
        float numbers = SmallFloat.E2M1.largest();
        float whole = ScaledFloats.largest(scene.weight()) / (numbers * SmallFloat.E4M3.largest());
        float factor = whole == 0 ? 1 : whole;
        return new ScaledFloats(
                SmallFloat.E2M1, BLOCK, DataType.F8_E4M3, factor, largest -> scale(largest / numbers / factor))
                .round(scene.weight(), parallel, scene.scope());
    }

    /** E4M3 has no infinity: what rounding put above its largest number must not become NaN. */
    private static float scale(float wanted) {
        return Math.min(wanted, SmallFloat.E4M3.largest());
    }
}
