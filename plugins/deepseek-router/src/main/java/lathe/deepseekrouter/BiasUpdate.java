package lathe.deepseekrouter;

/**
 * The step of the correction bias after a training step (arXiv 2408.15664, algorithm 1): experts below the mean load are
 * raised, those above it lowered, those at it left: b_e + u sign(mean load - load_e).
 *
 * @param rate u, 0.001 in DeepSeek-V3 and 0 in its last phase
 */
record BiasUpdate(double rate) {
    /**
     * The next bias.
     *
     * @param bias one number an expert
     * @param load tokens of every expert in the whole batch
     * @return a new bias
     */
    float[] next(float[] bias, int[] load) {
        if (bias.length != load.length) {
            throw new IllegalArgumentException(
                    "The bias has " + bias.length + " experts, but the load " + load.length + ".");
        }
        long total = 0;
        for (int count : load) {
            total += count;
        }
        float[] next = bias.clone();
        for (int expert = 0; expert < next.length; expert++) {
            // In whole numbers, so that a load at the mean is exactly there.
            int sign = Long.signum(total - (long) load[expert] * load.length);
            next[expert] += (float) (rate * sign);
        }
        return next;
    }
}
