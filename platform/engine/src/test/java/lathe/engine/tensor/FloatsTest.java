package lathe.engine.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.function.IntFunction;
import java.util.function.ToIntFunction;

import org.junit.jupiter.api.Test;

class FloatsTest {
    /** The code whose value is nearest, ties to the even code; found by looking at all of them. */
    private static int nearest(double value, int codes, IntFunction<Float> values) {
        int best = -1;
        for (int code = 0; code < codes; code++) {
            float candidate = values.apply(code);
            if (Float.isNaN(candidate) || Float.isInfinite(candidate)) {
                continue;
            }
            double distance = Math.abs(candidate - Math.abs(value));
            double smallest = best < 0 ? Double.MAX_VALUE : Math.abs(values.apply(best) - Math.abs(value));
            if (distance < smallest || distance == smallest && (code & 1) == 0) {
                best = code;
            }
        }
        return best;
    }

    private static void roundsToNearest(int codes, float limit, IntFunction<Float> values,
            ToIntFunction<Float> rounding) {
        Random random = new Random(11);
        for (int i = 0; i < 3000; i++) {
            float value = (float) (random.nextGaussian() * Math.pow(2, random.nextInt(24) - 14));
            if (i % 3 == 0) {
                // Exactly between two codes.
                int code = random.nextInt(codes - 1);
                value = (values.apply(code) + values.apply(code + 1)) / 2;
            }
            if (Math.abs(value) < limit) {
                assertThat(rounding.applyAsInt(Math.abs(value))).as("%s", value)
                        .isEqualTo(nearest(value, codes, values));
            }
        }
    }

    @Test
    void eightBitFloatsRoundToTheNearestEven() {
        roundsToNearest(128, 448, code -> Floats.fromE4m3((byte) code), value -> Floats.toE4m3(value) & 0xff);
        roundsToNearest(128, 57344, code -> Floats.fromE5m2((byte) code), value -> Floats.toE5m2(value) & 0xff);
    }

    @Test
    void everyCodeComesBack() {
        for (int code = 0; code < 256; code++) {
            float four = Floats.fromE4m3((byte) code);
            float five = Floats.fromE5m2((byte) code);
            assertThat(Float.isNaN(four) ? code : Floats.toE4m3(four) & 0xff).isEqualTo(code);
            assertThat(Float.isNaN(five) ? code : Floats.toE5m2(five) & 0xff).isEqualTo(code);
        }
        for (int code = 0; code < 1 << 16; code++) {
            float value = Floats.fromBf16((short) code);
            if (!Float.isNaN(value)) {
                assertThat(Floats.toBf16(value)).isEqualTo((short) code);
            }
        }
    }

    @Test
    void overflowGoesWhereTheFormatSends() {
        assertThat(Floats.fromE4m3(Floats.toE4m3(464f))).isEqualTo(448f);
        assertThat(Floats.fromE4m3(Floats.toE4m3(465f))).isNaN();
        assertThat(Floats.fromE5m2(Floats.toE5m2(-61440f))).isEqualTo(Float.NEGATIVE_INFINITY);
        assertThat(Floats.fromE5m2(Floats.toE5m2(61439f))).isEqualTo(57344f);
        assertThat(Floats.fromBf16(Floats.toBf16(Float.MAX_VALUE))).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(Floats.fromBf16(Floats.toBf16(Float.NaN))).isNaN();
    }

    @Test
    void doublesAreRoundedOnce() {
        // Just above the middle between two bfloat16: rounding to float32 first would make a tie of it.
        double value = 1 + 0x1p-8 + 0x1p-40;
        assertThat(Floats.fromBf16(Floats.toBf16(Floats.toOdd(value)))).isEqualTo(1 + 0x1p-7f);
        assertThat(Floats.fromBf16(Floats.toBf16((float) value))).isEqualTo(1f);
        double half = 1 + 0x1p-11 + 0x1p-45;
        assertThat(Float.float16ToFloat(Float.floatToFloat16(Floats.toOdd(half)))).isEqualTo(1 + 0x1p-10f);
    }
}
