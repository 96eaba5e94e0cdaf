package lathe.testkit.reference;

import lathe.spi.model.Rotary;
import lathe.spi.tensor.Tensor;

/** Rotary position embedding by the definition, in float64. */
public final class ReferenceRotary {
    private ReferenceRotary() {}

    /**
     * Rotates positions into heads, in place.
     *
     * @param heads     [h, n, headDim]
     * @param positions [n]
     * @param rotary    frequencies and pairing
     */
    public static void rotate(Tensor heads, int[] positions, Rotary rotary) {
        double[] frequencies = rotary.inverseFrequencies();
        for (int head = 0; head < heads.size(0); head++) {
            for (int token = 0; token < positions.length; token++) {
                for (int pair = 0; pair < frequencies.length; pair++) {
                    int first = rotary.interleaved() ? 2 * pair : pair;
                    int second = rotary.interleaved() ? 2 * pair + 1 : pair + frequencies.length;
                    double angle = positions[token] * frequencies[pair];
                    double cosine = Math.cos(angle) * rotary.magnitude();
                    double sine = Math.sin(angle) * rotary.magnitude();
                    double x = heads.get(head, token, first);
                    double y = heads.get(head, token, second);
                    heads.set(x * cosine - y * sine, head, token, first);
                    heads.set(y * cosine + x * sine, head, token, second);
                }
            }
        }
    }
}
