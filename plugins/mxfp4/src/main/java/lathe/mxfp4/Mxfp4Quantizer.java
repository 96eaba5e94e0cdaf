package lathe.mxfp4;

import lathe.spi.Services;
import lathe.spi.numeric.Parallel;
import lathe.spi.operator.LinearOperator;
import lathe.spi.operator.SmallFloat;
import lathe.spi.tensor.DataType;
import lathe.spi.weight.Quantizer;
import lathe.spi.weight.ScaledFloats;
import lathe.spi.weight.WeightScene;

/**
 * MXFP4 (OCP Microscaling Formats v1.0, section 6.3; arXiv 2310.10537): blocks of 32 inputs share a scale of 8 exponent
 * bits, X = 2^(floor(log2 max|w|) - 2), where 2 is the exponent of the largest number 6; code = the nearest of
 * 0, 0.5, 1, 1.5, 2, 3, 4, 6 to |w| / X, halves to even, larger ones to 6.
 */
final class Mxfp4Quantizer implements Quantizer {
    private static final int BLOCK = 32;

    private final Mxfp4Config config;
    private final Parallel parallel;

    Mxfp4Quantizer(Mxfp4Config config, Services services) {
        this.config = config;
        this.parallel = services.parallel();
    }

    @Override
    public LinearOperator quantize(WeightScene scene) {
        return new ScaledFloats(SmallFloat.E2M1, BLOCK, DataType.U8, 1, this::scale)
                .round(scene.weight(), parallel, scene.scope());
    }

    private float scale(float largest) {
        int floor = exponent(largest) - SmallFloat.E2M1.largestExponent();
        boolean cut = largest > Math.scalb((double) SmallFloat.E2M1.largest(), floor);
        return Math.scalb(1f, cut && config.scale() == Mxfp4Config.Scale.COVERING ? floor + 1 : floor);
    }

    /** floor(log2), also of subnormal numbers. */
    private static int exponent(float value) {
        return Math.getExponent((double) value);
    }
}
