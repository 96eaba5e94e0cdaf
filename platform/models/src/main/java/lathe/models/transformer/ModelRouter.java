package lathe.models.transformer;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;

import lathe.models.architecture.Routing.GroupScore;
import lathe.models.architecture.Routing.Scores;
import lathe.spi.LatheException;
import lathe.spi.router.Router;
import lathe.spi.router.Routing;
import lathe.spi.router.RoutingScene;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Tensor;

/**
 * The gate that a model was trained with, as its config says: softmax or sigmoid scores, choice of the best experts
 * (within the best groups, with a correction for the choice alone), weights from the scores. Experts come by descending
 * score, ties by the lower index.
 */
public final class ModelRouter implements Router {
    private final lathe.models.architecture.Routing rule;

    /**
     * @param rule the model's own way of choosing
     */
    public ModelRouter(lathe.models.architecture.Routing rule) {
        this.rule = requireNonNull(rule, "rule is null");
    }

    /** Whether the model has a gate of its own. */
    boolean knows() {
        return rule.scores() != Scores.METHOD;
    }

    @Override
    public Routing route(RoutingScene scene) {
        if (!knows()) {
            throw new LatheException(
                    "The experts of this model were carved from a dense one, and are chosen by a router "
                            + "method; run it with that router.");
        }
        Tensor logits = scene.logits();
        int tokens = logits.size(0);
        int experts = logits.size(1);
        int slots = scene.expertsPerToken();
        Optional<float[]> correction = rule.correction()
                ? scene.parameter("correction_bias").map(Tensor::toFloats)
                : Optional.empty();
        Tensor chosen = scene.scope().zeros(DataType.I32, tokens, slots);
        Tensor weights = scene.scope().zeros(tokens, slots);
        float[] scores = new float[experts];
        for (int token = 0; token < tokens; token++) {
            logits.copyRow(token, scores);
            score(scores);
            float[] judged = judged(scores, correction);
            int[] best = byScore(best(judged, slots), scores);
            float[] weight = weights(scores, best);
            for (int slot = 0; slot < slots; slot++) {
                chosen.set(best[slot], token, slot);
                weights.set(weight[slot], token, slot);
            }
        }
        return Routing.of(chosen, weights);
    }

    private void score(float[] row) {
        if (rule.scores() == Scores.SIGMOID) {
            for (int i = 0; i < row.length; i++) {
                row[i] = (float) (1 / (1 + Math.exp(-row[i])));
            }
            return;
        }
        double largest = Double.NEGATIVE_INFINITY;
        for (float logit : row) {
            largest = Math.max(largest, logit);
        }
        double[] powers = new double[row.length];
        double sum = 0;
        for (int i = 0; i < row.length; i++) {
            powers[i] = Math.exp(row[i] - largest);
            sum += powers[i];
        }
        for (int i = 0; i < row.length; i++) {
            row[i] = (float) (powers[i] / sum);
        }
    }

    /** What the choice is made by: scores with their correction, minus infinity outside of the groups kept. */
    private float[] judged(float[] scores, Optional<float[]> correction) {
        float[] judged = scores.clone();
        if (correction.isPresent()) {
            for (int i = 0; i < judged.length; i++) {
                judged[i] += correction.get()[i];
            }
        }
        // Groups are the checkpoint's; once experts were removed there are no groups of one size any more.
        if (rule.groups() == 1 || judged.length % rule.groups() != 0) {
            return judged;
        }
        int size = judged.length / rule.groups();
        float[] groups = new float[rule.groups()];
        for (int group = 0; group < groups.length; group++) {
            groups[group] = groupScore(Arrays.copyOfRange(judged, group * size, (group + 1) * size));
        }
        boolean[] kept = new boolean[groups.length];
        for (int group : best(groups, Math.min(rule.groupsKept(), groups.length))) {
            kept[group] = true;
        }
        for (int i = 0; i < judged.length; i++) {
            if (!kept[i / size]) {
                judged[i] = Float.NEGATIVE_INFINITY;
            }
        }
        return judged;
    }

    private float groupScore(float[] members) {
        Arrays.sort(members);
        float best = members[members.length - 1];
        boolean two = rule.groupScore() == GroupScore.TWO_BEST && members.length > 1;
        return two ? best + members[members.length - 2] : best;
    }

    private static int[] best(float[] scores, int count) {
        int[] best = new int[count];
        boolean[] taken = new boolean[scores.length];
        for (int slot = 0; slot < count; slot++) {
            int winner = -1;
            for (int i = 0; i < scores.length; i++) {
                if (!taken[i] && (winner < 0 || scores[i] > scores[winner])) {
                    winner = i;
                }
            }
            taken[winner] = true;
            best[slot] = winner;
        }
        return best;
    }

    /** A correction may have chosen in another order than that of the weights. */
    private static int[] byScore(int[] chosen, float[] scores) {
        return Arrays.stream(chosen).boxed()
                .sorted(Comparator.<Integer>comparingDouble(expert -> -scores[expert]).thenComparing(expert -> expert))
                .mapToInt(Integer::intValue).toArray();
    }

    private float[] weights(float[] scores, int[] best) {
        float[] weights = new float[best.length];
        double sum = 0;
        for (int slot = 0; slot < best.length; slot++) {
            weights[slot] = scores[best[slot]];
            sum += weights[slot];
        }
        double divisor = rule.normalised() ? sum : 1;
        for (int slot = 0; slot < best.length; slot++) {
            weights[slot] = (float) (weights[slot] / divisor * rule.scale());
        }
        return weights;
    }
}
