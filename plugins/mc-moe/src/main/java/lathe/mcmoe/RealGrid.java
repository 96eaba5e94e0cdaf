package lathe.mcmoe;

/**
 * A grid with a real zero point, value = scale * (code - zero), of one group (step 6).
 *
 * @param scale step
 * @param zero  code of the value 0, any number
 * @param bits  bits of a code
 */
record RealGrid(float scale, float zero, int bits) {
    private static final float ONE_BIT_ZERO = 0.5f;

    /** Lays a grid over a group; its range is the one of those tried with the least error. */
    static RealGrid fit(McMoeConfig config, int bits, float[] values) {
        if (bits == 1) {
            double sum = 0;
            for (float value : values) {
                sum += Math.abs(value);
            }
            return new RealGrid((float) (2 * sum / values.length), ONE_BIT_ZERO, bits);
        }
        float low = 0;
        float high = 0;
        for (float value : values) {
            low = Math.min(low, value);
            high = Math.max(high, value);
        }
        if (low == 0 && high == 0) {
            return config.parity() ? search(config, bits, values, -1, 1) : new RealGrid(1, 0, bits);
        }
        return search(config, bits, values, low, high);
    }

    private static RealGrid search(McMoeConfig config, int bits, float[] values, float low, float high) {
        RealGrid best = over(low, high, bits);
        double least = best.error(values, config.norm());
        for (int direction : new int[] {1, -1}) {
            for (int step = 1; step <= config.searchN(); step++) {
                float part = (float) (1 + direction * step * config.searchRange() / config.searchN());
                RealGrid grid = over(low * part, high * part, bits);
                double error = grid.error(values, config.norm());
                if (error < least) {
                    least = error;
                    best = grid;
                }
            }
        }
        return best;
    }

    private static RealGrid over(float low, float high, int bits) {
        float scale = (high - low) / ((1 << bits) - 1);
        return new RealGrid(scale, -low / scale, bits);
    }

    private double error(float[] values, double norm) {
        double sum = 0;
        for (float value : values) {
            sum += Math.pow(Math.abs(value(code(value)) - value), norm);
        }
        return sum;
    }

    int code(float value) {
        if (bits == 1) {
            return value >= 0 ? 1 : 0;
        }
        return (int) Math.clamp(Math.rint(value / scale + zero), 0, (1 << bits) - 1.0);
    }

    float value(int code) {
        return scale * (code - zero);
    }
}
