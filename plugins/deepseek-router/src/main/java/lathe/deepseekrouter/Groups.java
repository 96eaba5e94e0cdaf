package lathe.deepseekrouter;

import java.util.Arrays;

import lathe.spi.tensor.Selection;

/** Neighbouring experts in groups of equal size, of which a token keeps the best. */
final class Groups {
    private final int size;
    private final int kept;
    private final DeepseekConfig.GroupScore rule;
    private final float[] scores;

    Groups(int experts, int groups, int kept, DeepseekConfig.GroupScore rule) {
        this.size = experts / groups;
        this.kept = kept;
        this.rule = rule;
        this.scores = new float[groups];
    }

    /** Sets a token's scores to minus infinity outside of its best groups, equal groups by the lower index. */
    void mask(float[] row) {
        for (int group = 0; group < scores.length; group++) {
            scores[group] = score(row, group * size);
        }
        boolean[] best = Selection.largest(scores, kept);
        for (int group = 0; group < scores.length; group++) {
            if (!best[group]) {
                Arrays.fill(row, group * size, (group + 1) * size, Float.NEGATIVE_INFINITY);
            }
        }
    }

    private float score(float[] row, int from) {
        float largest = Float.NEGATIVE_INFINITY;
        float second = Float.NEGATIVE_INFINITY;
        for (int expert = from; expert < from + size; expert++) {
            if (row[expert] > largest) {
                second = largest;
                largest = row[expert];
            } else if (row[expert] > second) {
                second = row[expert];
            }
        }
        return rule == DeepseekConfig.GroupScore.TWO_LARGEST && size > 1 ? largest + second : largest;
    }
}
