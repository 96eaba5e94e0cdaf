package lathe.mcmoe;

import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * An expert, down(silu(gate x) * up x), and itself rounded to the nearest (step 2).
 *
 * @param gate [inter, hidden]
 * @param up   [inter, hidden]
 * @param down [hidden, inter]
 */
record RoundedExpert(Tensor gate, Tensor up, Tensor down) {
    Tensor output(Tensor inputs) {
        return inputs.matmulTransposed(gate).map(x -> x / (1 + Math.exp(-x)))
                .multiply(inputs.matmulTransposed(up)).matmulTransposed(down);
    }

    RoundedExpert rounded(int bits, McMoeConfig config, Scope scope) {
        return new RoundedExpert(
                nearest(gate, bits, config.groupOf(gate.size(1)), scope),
                nearest(up, bits, config.groupOf(up.size(1)), scope),
                nearest(down, bits, config.groupOf(down.size(1)), scope));
    }

    /** Rounds to nearest with an integer zero point, or to plus and minus the mean magnitude. */
    static Tensor nearest(Tensor weight, int bits, int group, Scope scope) {
        Tensor rounded = scope.zeros(weight.size(0), weight.size(1));
        float[] row = new float[weight.size(1)];
        for (int r = 0; r < weight.size(0); r++) {
            weight.copyRow(r, row);
            for (int from = 0; from < row.length; from += group) {
                round(row, from, Math.min(row.length, from + group), bits);
            }
            rounded.setRow(r, row);
        }
        return rounded;
    }

    private static void round(float[] row, int from, int to, int bits) {
        float low = 0;
        float high = 0;
        double sum = 0;
        for (int i = from; i < to; i++) {
            low = Math.min(low, row[i]);
            high = Math.max(high, row[i]);
            sum += Math.abs(row[i]);
        }
        float mean = (float) (sum / (to - from));
        int top = (1 << bits) - 1;
        float scale = high == low ? 1 : (high - low) / top;
        float zero = (float) Math.rint(-low / scale);
        for (int i = from; i < to; i++) {
            row[i] = bits == 1
                    ? row[i] >= 0 ? mean : -mean
                    : scale * ((float) Math.clamp(Math.rint(row[i] / scale) + zero, 0, top) - zero);
        }
    }
}
