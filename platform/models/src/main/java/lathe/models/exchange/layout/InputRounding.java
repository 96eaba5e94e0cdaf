package lathe.models.exchange.layout;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

import lathe.spi.tensor.Tensor;

/**
 * How a linear's input is rounded to whole numbers before the product, as checkpoints with quantised activations (W8A8) ask
 * for: x becomes step * (code - zero) with code = round(x / step) + zero, kept within the width. Codes are exact in float32,
 * so that a product of rounded inputs and of codes of the weight is the integer product but for the order of additions.
 *
 * @param bits      width of a code, 2 to 8
 * @param symmetric whether the zero code stands for 0; else the range of the values decides
 * @param group     values of a token that share a step; 0 for all of them
 * @param fixed     the same step for all tokens; else it follows from the values
 */
public record InputRounding(int bits, boolean symmetric, int group, Optional<Step> fixed) {
    /**
     * A step that was found by calibration.
     *
     * @param size distance of neighbours, positive
     * @param zero the code of 0, between -2^(bits - 1) and 2^(bits - 1) - 1
     */
    public record Step(float size, int zero) {}

    /** Checks the width. */
    public InputRounding {
        requireNonNull(fixed, "fixed is null");
        if (bits < 2 || bits > 8 || group < 0) {
            throw new IllegalArgumentException("Inputs of " + bits + " bits in groups of " + group
                    + " cannot be rounded.");
        }
    }

    /**
     * Rounds to nearest, ties to even.
     *
     * @param input  [tokens, in] float32, readable on the host
     * @param output of the same shape
     */
    public void round(Tensor input, Tensor output) {
        float[] row = new float[input.size(1)];
        int size = group == 0 || fixed.isPresent() ? row.length : group;
        for (int token = 0; token < input.size(0); token++) {
            input.copyRow(token, row);
            for (int from = 0; from < row.length; from += size) {
                round(row, from, Math.min(row.length, from + size));
            }
            output.setRow(token, row);
        }
    }

    private void round(float[] values, int from, int to) {
        Step step = fixed.orElseGet(() -> step(values, from, to));
        int lowest = -(1 << bits - 1);
        int highest = (1 << bits - 1) - 1;
        for (int i = from; i < to; i++) {
            float code = (float) Math.rint(values[i] / step.size() + step.zero());
            values[i] = (Math.clamp(code, lowest, highest) - step.zero()) * step.size();
        }
    }

    private Step step(float[] values, int from, int to) {
        float low = 0;
        float high = 0;
        for (int i = from; i < to; i++) {
            low = Math.min(low, values[i]);
            high = Math.max(high, values[i]);
        }
        int steps = (1 << bits) - 1;
        if (symmetric) {
            return new Step(positive(Math.max(-low, high) / (steps / 2f)), 0);
        }
        float size = positive((high - low) / steps);
        int lowest = -(1 << bits - 1);
        return new Step(size, Math.clamp((long) Math.rint(lowest - low / size), lowest, -lowest - 1));
    }

    /** A token of zeros stays zeros. */
    private static float positive(float size) {
        return size > 0 ? size : Math.ulp(1f);
    }
}
