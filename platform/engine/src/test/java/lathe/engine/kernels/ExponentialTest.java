package lathe.engine.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;

import jdk.incubator.vector.FloatVector;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** The exponential in lanes, its scalar twin and the JDK's. */
class ExponentialTest {
    private static final long SEED = 20261121;
    private static final float[] SPECIAL = {0, -0f, 1, -1, 88.72283f, 88.8f, 89, -87.33f, -87.4f, -100, 1e30f, -1e30f,
        Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN, Float.MIN_VALUE, -Float.MIN_VALUE};

    @Test
    void hasTheBitsOfItsScalarTwinInEveryLane() {
        Random random = new Random(SEED);
        float[] arguments = new float[4096];
        for (int i = 0; i < arguments.length; i++) {
            arguments[i] = i < SPECIAL.length ? SPECIAL[i] : (random.nextFloat() - 0.5f) * 200;
        }
        float[] results = new float[arguments.length];
        for (int i = 0; i < arguments.length; i += Lanes.N) {
            Exponential.of(FloatVector.fromArray(Lanes.F, arguments, i)).intoArray(results, i);
        }
        for (int i = 0; i < arguments.length; i++) {
            float x = arguments[i];
            float twin = Exponential.of(x);
            assertThat(Float.floatToIntBits(results[i])).as("bits of e^%s, seed %d", x, SEED)
                    .isEqualTo(Float.floatToIntBits(twin));
            double exact = Math.exp(x);
            if (exact > 0x1p-125 && exact < Float.MAX_VALUE) {
                assertThat((double) twin).as("e^%s", x).isCloseTo(exact, Offset.offset(2.5e-7 * exact));
            }
        }
        assertThat(Exponential.of(Float.NaN)).isNaN();
        assertThat(Exponential.of(Float.NEGATIVE_INFINITY)).isZero();
        assertThat(Exponential.of(200)).isEqualTo(Float.POSITIVE_INFINITY);
    }
}
