package lathe.deepseekrouter;

import lathe.spi.Services;
import lathe.spi.StageScene;
import lathe.spi.router.ExpertSlots;
import lathe.spi.tensor.Tensor;

/**
 * The step of the correction bias after a training step (arXiv 2408.15664, algorithm 1): experts below the mean load are
 * raised, those above it lowered, those at it left: b_e + u sign(mean load - load_e).
 *
 * @param rate u, 0.001 in DeepSeek-V3 and 0 in its last phase
 */
record BiasUpdate(double rate) {
    /** Steps on one batch of given scores [tokens, experts], from a given bias on; as many as loads are wanted. */
    static void stage(DeepseekConfig config, StageScene scene, Services services) {
        BiasUpdate update = new BiasUpdate(config.biasRate());
        Tensor scores = scene.input("scores");
        int experts = scores.size(1);
        int k = scene.parameters().whole("k");
        int steps = scene.parameters().shape("loads").getFirst();
        Tensor loads = scene.scope().zeros(steps, experts);
        Tensor biases = scene.scope().zeros(steps + 1, experts);
        float[] bias = scene.input("bias").toFloats();
        for (int step = 0; step < steps; step++) {
            biases.setRow(step, bias);
            Tensor judged = scores.in(scene.scope()).add(scene.scope().of(bias, experts));
            int[] load = ExpertSlots.best(judged, scores, k).load();
            for (int expert = 0; expert < experts; expert++) {
                loads.set(load[expert], step, expert);
            }
            bias = update.next(bias, load);
        }
        biases.setRow(steps, bias);
        scene.note("loads", loads);
        scene.note("biases", biases);
    }

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
