package lathe.flexprefill;

import lathe.spi.attention.AttentionScene;
import lathe.spi.attention.LineMass;
import lathe.spi.numeric.Parallel;
import lathe.spi.tensor.Tensor;

/** Steps 1, 2, 4, 5 and 6: what the probe queries, the last {@code blockSize} of the prompt, say of each head. */
final class HeadEstimates {
    /**
     * The estimate of one head.
     *
     * @param vertical       [n] mean probability of each key
     * @param slash          [n] mean probability at each distance from the query
     * @param pooledVertical [blocks] sums of {@code vertical}
     * @param pooledSlash    [blocks] sums of {@code slash}; blocks of distances end with the prompt's length, so that 0, the
     *                       diagonal, may be short
     * @param pooledEstimate [blocks] softmax of the mean probe query with the mean keys
     * @param distance       Jensen-Shannon distance of the estimate from {@code pooledVertical}, 0 to sqrt(ln 2)
     */
    record Estimate(
            float[] vertical, float[] slash, float[] pooledVertical, float[] pooledSlash, float[] pooledEstimate,
            double distance) {}

    private final AttentionScene scene;
    private final int block;
    private final int tokens;
    private final int blocks;
    private final Tensor[] keyMeans;

    HeadEstimates(FlexPrefillConfig config, AttentionScene scene, Parallel parallel) {
        this.scene = scene;
        this.block = config.blockSize();
        this.tokens = scene.queryPositions().length;
        this.blocks = Math.ceilDiv(tokens, block);
        this.keyMeans = new Tensor[scene.layer().kvHeads()];
        parallel.forEach(keyMeans.length, 1, (from, to) -> {
            for (int head = from; head < to; head++) {
                keyMeans[head] = keyMeans(head);
            }
        });
    }

    int blocks() {
        return blocks;
    }

    Estimate of(int head) {
        LineMass probes = scene.lineMass(head, block);
        float[] vertical = means(probes.columns());
        float[] slash = means(probes.distances());
        double[] pooledVertical = new double[blocks];
        double[] pooledSlash = new double[blocks];
        for (int i = 0; i < tokens; i++) {
            pooledVertical[i / block] += vertical[i];
            pooledSlash[blocks - 1 - (tokens - 1 - i) / block] += slash[i];
        }
        double[] pooledEstimate = pooledEstimate(head);
        return new Estimate(vertical, slash, floats(pooledVertical), floats(pooledSlash), floats(pooledEstimate),
                distance(pooledEstimate, pooledVertical));
    }

    private float[] means(float[] sums) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] /= block;
        }
        return sums;
    }

    private double[] pooledEstimate(int head) {
        Tensor probes = scene.queries().in(scene.scope()).row(head).slice(0, tokens - block, tokens);
        Tensor means = keyMeans[head / scene.layer().groupSize()];
        float[] logits = scene.layer().logits(means.multiply(probes.mean(0)).sum(1)).softmax().toFloats();
        double[] estimate = new double[blocks];
        for (int b = 0; b < blocks; b++) {
            estimate[b] = logits[b];
        }
        return estimate;
    }

    /** Means over the real keys of each block. */
    private Tensor keyMeans(int kvHead) {
        Tensor keys = scene.keys().in(scene.scope()).row(kvHead);
        Tensor means = scene.scope().zeros(blocks, keys.size(1));
        for (int b = 0; b < blocks; b++) {
            means.row(b).assign(keys.slice(0, b * block, Math.min(tokens, (b + 1) * block)).mean(0));
        }
        return means;
    }

    /** For each query block the softmax over the key blocks up to its own of the products of means: [blocks][blocks]. */
    float[][] pooledAttention(int head) {
        Tensor scores = scene.blockScores(head, block, block);
        float[][] attention = new float[blocks][blocks];
        for (int row = 0; row < blocks; row++) {
            float[] visible = scores.row(row).slice(0, 0, row + 1).copy().softmax().toFloats();
            System.arraycopy(visible, 0, attention[row], 0, row + 1);
        }
        return attention;
    }

    /** Square root of the Jensen-Shannon divergence in nats; a share of 0 adds nothing. */
    private static double distance(double[] first, double[] second) {
        double divergence = 0;
        for (int i = 0; i < first.length; i++) {
            double middle = (first[i] + second[i]) / 2;
            divergence += 0.5 * (relative(first[i], middle) + relative(second[i], middle));
        }
        return Math.sqrt(Math.max(0, divergence));
    }

    private static double relative(double share, double middle) {
        return share == 0 ? 0 : share * Math.log(share / middle);
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }
}
