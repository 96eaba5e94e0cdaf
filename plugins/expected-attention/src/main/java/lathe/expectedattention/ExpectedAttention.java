package lathe.expectedattention;

import java.util.Optional;

import lathe.spi.Refusal;
import lathe.spi.kv.EvictionScene;
import lathe.spi.kv.Evictor;
import lathe.spi.model.ModelInfo;
import lathe.spi.model.Rotary;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Expected attention (arXiv 2510.00636; NVIDIA/kvpress, expected_attention_press.py). Queries to come are taken to be
 * normal with the mean and covariance of the prompt's unrotated queries, turned by the mean rotation R of the next
 * positions; then E[exp(q.k / sqrt(d))] is known in closed form.
 *
 * <p>While decoding (with an absolute budget) the queries of the newest pass alone are known: their mean is the newest
 * query and their covariance zero.
 */
final class ExpectedAttention implements Evictor {
    private final ExpectedAttentionConfig config;

    ExpectedAttention(ExpectedAttentionConfig config) {
        this.config = config;
    }

    @Override
    public Optional<Refusal> refuses(ModelInfo model) {
        return model.layers().stream().allMatch(layer -> layer.rotary().isPresent())
                ? Optional.empty()
                : Optional
                        .of(Refusal.because("Expected attention turns queries to positions to come, but " + model.name()
                                + " has no rotary positions."));
    }

    @Override
    public Tensor score(EvictionScene scene) {
        Scope scope = scene.scope();
        Tensor queries = scene.plainQueries().in(scope);
        Tensor keys = scene.keys().in(scope);
        int tokens = keys.size(1);
        int sinks = Math.min(config.nSink(), tokens - 1);
        Tensor rotation = meanRotation(scene, queries.size(2));
        int group = scene.layer().groupSize();
        Tensor score = scope.zeros(keys.size(0), tokens);
        Tensor rest = score.slice(1, sinks, tokens);
        for (int head = 0; head < queries.size(0); head++) {
            Tensor seen = keys.row(head / group).slice(0, sinks, tokens);
            Tensor weights = expectedLogits(queries.row(head), seen, rotation, scene.layer().headDim()).softmax();
            Tensor sum = rest.row(head / group);
            sum.assign(sum.in(scope).add(weights));
        }
        rest.assign(rest.in(scope).divide(group));
        if (config.useVnorm()) {
            Tensor norms = scene.values().in(scope).norm().slice(1, sinks, tokens);
            rest.assign(rest.in(scope).add(config.epsilon()).multiply(norms));
        }
        score.slice(1, 0, sinks).fill(1 + rest.maxAbs());
        scene.note("scores", score);
        return score;
    }

    /** mu.k / sqrt(d) + k^T Cov k / (2d) for every key. */
    private Tensor expectedLogits(Tensor queries, Tensor keys, Tensor rotation, int width) {
        int from = Math.min(config.nSink(), queries.size(0) - 1);
        Tensor counted = queries.slice(0, from, queries.size(0));
        Tensor mean = counted.mean(0);
        Tensor turned = mean.reshape(1, mean.size(0)).matmulTransposed(rotation);
        Tensor logits = keys.matmulTransposed(turned).divide(Math.sqrt(width)).reshape(keys.size(0));
        if (!config.useCovariance()) {
            return logits;
        }
        Tensor centred = counted.add(mean.multiply(-1));
        Tensor covariance = centred.gram().divide(counted.size(0));
        Tensor turnedCovariance = rotation.matmul(covariance).matmulTransposed(rotation);
        Tensor spread = keys.matmul(turnedCovariance).multiply(keys).sum(1);
        return logits.add(spread.divide(2.0 * width));
    }

    /** The mean of the rotation matrices of the next positions, [d, d]. */
    private Tensor meanRotation(EvictionScene scene, int width) {
        Rotary rotary = scene.layer().rotary().orElseThrow();
        double[] frequencies = rotary.inverseFrequencies();
        int[] positions = scene.positions(0);
        int next = positions[positions.length - 1] + 1;
        Tensor rotation = scene.scope().zeros(width, width);
        for (int i = rotary.rotatedFeatures(); i < width; i++) {
            rotation.set(1, i, i);
        }
        for (int pair = 0; pair < frequencies.length; pair++) {
            double cosine = 0;
            double sine = 0;
            for (int t = 0; t < config.nFuturePositions(); t++) {
                cosine += Math.cos((next + t) * frequencies[pair]);
                sine += Math.sin((next + t) * frequencies[pair]);
            }
            int first = rotary.interleaved() ? 2 * pair : pair;
            int second = rotary.interleaved() ? 2 * pair + 1 : pair + frequencies.length;
            double scale = rotary.magnitude() / config.nFuturePositions();
            rotation.set(cosine * scale, first, first);
            rotation.set(-sine * scale, first, second);
            rotation.set(sine * scale, second, first);
            rotation.set(cosine * scale, second, second);
        }
        return rotation;
    }
}
