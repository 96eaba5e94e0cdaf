package lathe.spi.router;

/**
 * How a capacity factor becomes a number of places. Code bases round differently, and a token more or less is another
 * routing.
 */
public enum CapacityRule {
    /** ceil(factor * choices * tokens / experts): the usual formula, DeepSpeed (deepspeed/moe/sharded_moe.py). */
    CEILING {
        @Override
        double places(double factor, double choices, double tokens, double experts) {
            // In float32 as DeepSpeed, so that 3 * 0.8 * 5 is 12 and not a little more.
            return Math.ceil((float) (tokens / experts) * (float) (factor * choices));
        }
    },
    /** int(factor * choices * ceil(tokens / experts)): torchscale (xmoe/routing.py). */
    CEILING_FIRST {
        @Override
        double places(double factor, double choices, double tokens, double experts) {
            return Math.floor(factor * choices * Math.ceil(tokens / experts));
        }
    },
    /** round(factor * choices * tokens / experts), halves to even: flaxformer (architectures/moe). */
    ROUNDED {
        @Override
        double places(double factor, double choices, double tokens, double experts) {
            return Math.rint(factor * choices * tokens / experts);
        }
    };

    abstract double places(double factor, double choices, double tokens, double experts);

    /**
     * Places of one expert.
     *
     * @param factor  multiple of the mean load
     * @param choices experts that a token chooses
     * @param tokens  tokens that are routed together
     * @param experts number of experts, at least 1
     * @param minimum places at least
     * @return tokens that an expert takes
     */
    public int places(double factor, int choices, int tokens, int experts, int minimum) {
        if (!(factor >= 0) || experts < 1) {
            throw new IllegalArgumentException("A capacity needs a factor of at least 0 and an expert, not " + factor
                    + " and " + experts + " experts.");
        }
        double places = places(factor, choices, tokens, experts);
        return Math.max(minimum, (int) Math.min(Integer.MAX_VALUE, places));
    }
}
