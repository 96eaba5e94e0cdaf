package lathe.spi.router;

import static java.util.Objects.requireNonNull;

import lathe.spi.LatheException;
import lathe.spi.tensor.Tensor;

/**
 * Router logits that were checked: every token has at least one finite logit, none is NaN or plus infinity. Minus
 * infinity is allowed, since it is how experts are masked. The probabilities among the experts follow from them.
 */
public final class RouterLogits {
    private final Tensor values;
    private final Tensor probabilities;

    private RouterLogits(Tensor values) {
        this.values = values;
        this.probabilities = values.softmax();
    }

    /**
     * The logits of a scene, in the scene's scope; they are noted as {@code logits}.
     *
     * @param scene the scene
     * @return its logits
     * @throws LatheException if a token's logits cannot be ordered; the sentence names block, token and expert
     */
    public static RouterLogits of(RoutingScene scene) {
        return of(scene.logits(), scene);
    }

    /**
     * Logits that a router made itself, for instance of jittered inputs.
     *
     * @param logits [n, experts]
     * @param scene  the scene that they belong to
     * @return the logits, in the scene's scope
     * @throws LatheException if a token's logits cannot be ordered; the sentence names block, token and expert
     */
    public static RouterLogits of(Tensor logits, RoutingScene scene) {
        requireNonNull(logits, "logits is null");
        Tensor values = logits.in(scene.scope());
        check(values, scene.block());
        scene.note("logits", values);
        return new RouterLogits(values);
    }

    private static void check(Tensor logits, int block) {
        float[] row = new float[logits.size(1)];
        for (int token = 0; token < logits.size(0); token++) {
            logits.copyRow(token, row);
            int finite = 0;
            for (int expert = 0; expert < row.length; expert++) {
                if (Float.isNaN(row[expert]) || row[expert] == Float.POSITIVE_INFINITY) {
                    throw new LatheException("The router logit of expert " + expert + " for token " + token
                            + " in block " + block + " is " + row[expert]
                            + ", so that no expert can be chosen. Look for"
                            + " weights or activations that are not finite before that block.");
                }
                finite += row[expert] == Float.NEGATIVE_INFINITY ? 0 : 1;
            }
            if (finite == 0) {
                throw new LatheException("All router logits for token " + token + " in block " + block
                        + " are minus infinity: every expert is masked, so that none can be chosen.");
            }
        }
    }

    /**
     * The logits.
     *
     * @return [n, experts]
     */
    public Tensor values() {
        return values;
    }

    /**
     * Softmax over the experts.
     *
     * @return [n, experts], rows sum to 1
     */
    public Tensor probabilities() {
        return probabilities;
    }

    /**
     * Number of tokens.
     *
     * @return n
     */
    public int tokens() {
        return values.size(0);
    }

    /**
     * Number of experts.
     *
     * @return experts
     */
    public int experts() {
        return values.size(1);
    }

    /**
     * The z-loss of ST-MoE (arXiv 2202.08906, eq. 5): mean over the tokens of the squared log-sum-exp, before its
     * coefficient.
     *
     * @return the loss; 0 for no tokens
     */
    public double zLoss() {
        double sum = 0;
        for (float logSum : values.logSumExp().toFloats()) {
            sum += (double) logSum * logSum;
        }
        return tokens() == 0 ? 0 : sum / tokens();
    }
}
