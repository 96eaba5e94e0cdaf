package lathe.snapkv;

import lathe.snapkv.SnapKvConfig.Pooling;
import lathe.spi.attention.Phase;
import lathe.spi.kv.EvictionScene;
import lathe.spi.kv.Evictor;
import lathe.spi.kv.Observation;
import lathe.spi.tensor.Tensor;

/**
 * SnapKV (arXiv 2404.14469; authors' code: FasterDecoding/SnapKV, snapkv_utils.py; ratio form: NVIDIA/kvpress,
 * snapkv_press.py). The attention of the prompt's last queries is summed over them, smoothed along the tokens per query
 * head, and averaged over the heads that share a key/value head.
 *
 * <p>Differences from the authors' code: one set a key/value head instead of one a query head. With an absolute budget
 * tokens also go while decoding; then the newest query alone is the window's attention.
 */
final class SnapKv implements Evictor {
    private final SnapKvConfig config;

    SnapKv(SnapKvConfig config) {
        this.config = config;
    }

    @Override
    public Observation observes(Phase phase) {
        return new Observation(config.window(), false);
    }

    @Override
    public int capacity(EvictionScene scene) {
        return config.capacity().orElseGet(() -> scene.budget().of(scene.promptTokens()));
    }

    @Override
    public Tensor score(EvictionScene scene) {
        Tensor rows = scene.lastRows().orElseThrow();
        Tensor looked = config.capacity().isPresent() ? rows.sum(1) : rows.mean(1); // the two releases differ by 1/window
        int before = Math.max(0, looked.size(1) - config.window());
        int group = scene.layer().groupSize();
        Tensor smoothed = smooth(looked.slice(1, 0, before));
        Tensor pooled = smoothed.reshape(scene.layer().kvHeads(), group, before).mean(1);
        if (config.capacity().isPresent()) {
            scene.note("scores", pooled);
        }
        Tensor score = scene.scope().zeros(pooled.size(0), looked.size(1)).fill(1 + pooled.maxAbs());
        score.slice(1, 0, before).assign(pooled);
        if (config.capacity().isEmpty()) {
            scene.note("scores", score);
        }
        return score;
    }

    private Tensor smooth(Tensor scores) {
        int tokens = scores.size(1);
        Tensor smoothed = scores.scope().zeros(scores.size(0), tokens);
        float[] row = new float[tokens];
        for (int head = 0; head < scores.size(0); head++) {
            scores.copyRow(head, row);
            smoothed.setRow(head, config.pooling() == Pooling.AVG ? average(row) : largest(row));
        }
        return smoothed;
    }

    private float[] average(float[] row) {
        float[] result = new float[row.length];
        int half = config.kernel() / 2;
        for (int j = 0; j < row.length; j++) {
            float sum = 0;
            for (int i = Math.max(0, j - half); i <= Math.min(row.length - 1, j + half); i++) {
                sum += row[i];
            }
            result[j] = sum / config.kernel();
        }
        return result;
    }

    private float[] largest(float[] row) {
        float[] result = new float[row.length];
        int half = config.kernel() / 2;
        for (int j = 0; j < row.length; j++) {
            float max = row[j];
            for (int i = Math.max(0, j - half); i <= Math.min(row.length - 1, j + half); i++) {
                max = Math.max(max, row[i]);
            }
            result[j] = max;
        }
        return result;
    }
}
