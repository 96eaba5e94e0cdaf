package lathe.deepseekrouter;

import java.util.Optional;

import lathe.spi.Default;
import lathe.spi.Range;

/**
 * Parameters of DeepSeek's routing.
 *
 * @param score       what a logit becomes: sigmoid (V3) or softmax over the experts (V2, DeepSeekMoE)
 * @param groups      groups of neighbouring experts, of equal size (V3: 8)
 * @param keptGroups  groups that a token may choose from (V3: 4)
 * @param groupLimit  false chooses among all experts, whatever the groups are (V2's greedy)
 * @param groupScore  what a group is judged by: its largest score, or the sum of its two largest; if not given
 *                    two-largest with sigmoid and largest with softmax
 * @param renormalise whether a token's weights are divided by their sum; if not given with sigmoid only. With softmax
 *                    they are then not scaled, as in V2's released gate
 * @param scale       what weights are multiplied by (V3: 2.5)
 * @param biasRate    how far one update moves an expert's correction bias, in training
 * @param seqAux      coefficient of the balance loss in training
 * @param level       whether the balance loss is taken in each sequence and averaged, or over the whole batch
 */
public record DeepseekConfig(
        @Default("sigmoid") Score score,
        @Default("1") @Range("[1, inf)") int groups,
        @Default("1") @Range("[1, inf)") int keptGroups,
        @Default("true") boolean groupLimit,
        Optional<GroupScore> groupScore,
        Optional<Boolean> renormalise,
        @Default("1") @Range("(0, inf)") double scale,
        @Default("0.001") @Range("[0, inf)") double biasRate,
        @Default("0.0001") @Range("[0, inf)") double seqAux,
        @Default("sequence") Level level) {
    /** What a logit becomes. */
    public enum Score {
        /** 1 / (1 + exp(-h)). */
        SIGMOID,
        /** Softmax over the experts. */
        SOFTMAX
    }

    /** What a group is judged by. */
    public enum GroupScore {
        /** Its largest score. */
        LARGEST,
        /** The sum of its two largest scores. */
        TWO_LARGEST
    }

    /** Over what the balance loss is taken. */
    public enum Level {
        /** Each sequence, then averaged. */
        SEQUENCE,
        /** The whole batch. */
        BATCH
    }

    /** What a group is judged by, given or by the kind of score. */
    GroupScore groupScoreOrDefault() {
        return groupScore.orElse(score == Score.SIGMOID ? GroupScore.TWO_LARGEST : GroupScore.LARGEST);
    }

    /** Whether weights sum to one before scaling, given or by the kind of score. */
    boolean renormalises() {
        return renormalise.orElse(score == Score.SIGMOID);
    }

    /** What weights are multiplied by in the end. */
    double weightScale() {
        return score == Score.SOFTMAX && renormalises() ? 1 : scale;
    }
}
