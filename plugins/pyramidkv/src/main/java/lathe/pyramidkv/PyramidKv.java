package lathe.pyramidkv;

import java.util.Map;

import lathe.spi.Kind;
import lathe.spi.MethodChoice;
import lathe.spi.Services;
import lathe.spi.attention.Phase;
import lathe.spi.kv.EvictionScene;
import lathe.spi.kv.Evictor;
import lathe.spi.kv.Observation;
import lathe.spi.tensor.Tensor;

/**
 * PyramidKV (arXiv 2406.02069; NVIDIA/kvpress, pyramidkv_press.py): SnapKV's scores, and a number of kept tokens that
 * falls linearly over the layers. The mean over the layers is the common budget; where the smallest layer would fall below
 * the window all layers get the same.
 */
final class PyramidKv implements Evictor {
    private final PyramidKvConfig config;
    private final Evictor scores;

    PyramidKv(PyramidKvConfig config, Services services) {
        this.config = config;
        this.scores = services.method(
                Kind.KV_POLICY,
                MethodChoice.of(
                        "snapkv",
                        Map.of("window", config.window(), "kernel", config.kernel(), "pooling", config.pooling())),
                Evictor.class);
    }

    @Override
    public Observation observes(Phase phase) {
        return scores.observes(phase);
    }

    @Override
    public Tensor score(EvictionScene scene) {
        return scores.score(scene);
    }

    @Override
    public int capacity(EvictionScene scene) {
        int tokens = scene.promptTokens();
        double mean = scene.budget().budget().isPresent()
                ? scene.budget().budget().get()
                : tokens * (1 - scene.budget().compressionRatio());
        return layerBudget(
                tokens, mean, scene.layer().blocks(), config.window(), config.beta(), scene.layer().block());
    }

    /**
     * Tokens that a layer keeps.
     *
     * @param tokens tokens of the prompt
     * @param mean   mean budget over the layers
     * @param layers number of layers
     * @param window tokens that always stay, included in the budget
     * @param beta   mean budget over the last layer's
     * @param layer  which, from 0
     * @return its budget
     */
    static int layerBudget(int tokens, double mean, int layers, int window, double beta, int layer) {
        double smallest = mean / beta;
        double largest = 2 * mean - smallest;
        if (largest >= tokens - window) {
            largest = tokens - window;
            smallest = 2 * mean - largest;
        }
        boolean falls = tokens >= largest && largest >= smallest && smallest >= window && layers > 1;
        return (int) Math.rint(falls ? largest - layer * (largest - smallest) / (layers - 1) : mean);
    }
}
