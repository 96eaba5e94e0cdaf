package lathe.adakv;

import java.util.Arrays;

import lathe.spi.Kind;
import lathe.spi.Services;
import lathe.spi.attention.Phase;
import lathe.spi.kv.Budget;
import lathe.spi.kv.EvictionScene;
import lathe.spi.kv.Evictor;
import lathe.spi.kv.Observation;
import lathe.spi.tensor.Selection;
import lathe.spi.tensor.Tensor;

/**
 * AdaKV (arXiv 2407.11550; NVIDIA/kvpress, adakv_press.py): every head first gets its floor(alpha * budget) best tokens;
 * what is left of the layer's budget goes to the best (head, token) pairs of the layer. Heads keep different numbers, and
 * the cache frees the difference.
 */
final class AdaKv implements Evictor {
    private final AdaKvConfig config;
    private final Evictor base;

    AdaKv(AdaKvConfig config, Services services) {
        this.config = config;
        this.base = services.method(Kind.KV_POLICY, config.base(), Evictor.class);
    }

    @Override
    public Observation observes(Phase phase) {
        return base.observes(phase);
    }

    @Override
    public boolean evicts(Phase phase, Budget budget) {
        return base.evicts(phase, budget);
    }

    @Override
    public int capacity(EvictionScene scene) {
        return base.capacity(scene);
    }

    @Override
    public Tensor score(EvictionScene scene) {
        return base.score(scene);
    }

    @Override
    public int[][] keep(EvictionScene scene) {
        Tensor score = score(scene);
        int heads = score.size(0);
        int tokens = score.size(1);
        int budget = Math.min(capacity(scene), tokens);
        int secured = (int) (budget * config.alphaSafeguard());
        float[] scores = score.toFloats();
        int held = 0;
        for (int head = 0; head < heads; head++) {
            int own = scene.tokens(head);
            float[] row = Arrays.copyOfRange(scores, head * tokens, head * tokens + own);
            for (int slot : Selection.indices(Selection.largest(row, secured))) {
                scores[head * tokens + slot] = Float.POSITIVE_INFINITY;
            }
            Arrays.fill(scores, head * tokens + own, (head + 1) * tokens, Float.NEGATIVE_INFINITY);
            held += own;
        }
        boolean[] kept = Selection.largest(scores, Math.min(held, heads * budget));
        int[][] slots = new int[heads][];
        for (int head = 0; head < heads; head++) {
            slots[head] = Selection
                    .indices(Arrays.copyOfRange(kept, head * tokens, head * tokens + scene.tokens(head)));
        }
        return slots;
    }
}
