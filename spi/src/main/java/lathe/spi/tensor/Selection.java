package lathe.spi.tensor;

import java.util.Arrays;

/**
 * Exact selections of scores with stated ties. Counts are taken in double precision and truncated, as the references do:
 * floor(150 * (1 - 0.9)) is 14.
 */
public final class Selection {
    private Selection() {}

    /**
     * Marks the scores that go.
     *
     * @param scores   no NaN
     * @param sparsity fraction that goes, in [0, 1)
     * @param rule     how many go
     * @return true where the score goes
     */
    public static boolean[] smallest(float[] scores, double sparsity, CutRule rule) {
        if (!(sparsity >= 0 && sparsity < 1)) {
            throw new IllegalArgumentException("A sparsity lies in [0, 1), but this is " + sparsity + ".");
        }
        int floor = (int) (sparsity * scores.length);
        return switch (rule) {
            case FLOOR -> smallest(scores, floor);
            case ROUND_HALF_EVEN -> smallest(scores, (int) Math.rint(sparsity * scores.length));
            case UP_TO_THRESHOLD -> sparsity == 0 ? new boolean[scores.length] : notAbove(scores, floor);
        };
    }

    /**
     * Marks exactly the {@code count} smallest scores, equal ones by the lower index.
     *
     * @param scores no NaN
     * @param count  how many go
     * @return true where the score goes
     */
    public static boolean[] smallest(float[] scores, int count) {
        boolean[] gone = new boolean[scores.length];
        if (count <= 0) {
            return gone;
        }
        float threshold = sorted(scores)[count - 1];
        int below = 0;
        for (int i = 0; i < scores.length; i++) {
            if (scores[i] < threshold) {
                gone[i] = true;
                below++;
            }
        }
        for (int i = 0, ties = count - below; ties > 0; i++) {
            // -0.0 and 0.0 are equal scores, so that == decides and not Float.compare.
            if (scores[i] == threshold) {
                gone[i] = true;
                ties--;
            }
        }
        return gone;
    }

    /**
     * Marks exactly the {@code count} largest scores, equal ones by the lower index.
     *
     * @param scores no NaN
     * @param count  how many are marked, at most as many as there are
     * @return true where the score is among the largest
     */
    public static boolean[] largest(float[] scores, int count) {
        float[] negated = new float[scores.length];
        for (int i = 0; i < scores.length; i++) {
            negated[i] = -scores[i];
        }
        return smallest(negated, Math.min(count, scores.length));
    }

    /**
     * The marked indices, ascending.
     *
     * @param marks one truth value an index
     * @return the indices whose mark is true
     */
    public static int[] indices(boolean[] marks) {
        int[] indices = new int[marks.length];
        int count = 0;
        for (int i = 0; i < marks.length; i++) {
            if (marks[i]) {
                indices[count++] = i;
            }
        }
        return Arrays.copyOf(indices, count);
    }

    private static boolean[] notAbove(float[] scores, int index) {
        float threshold = sorted(scores)[index];
        boolean[] gone = new boolean[scores.length];
        for (int i = 0; i < scores.length; i++) {
            gone[i] = scores[i] <= threshold;
        }
        return gone;
    }

    private static float[] sorted(float[] scores) {
        float[] copy = scores.clone();
        for (int i = 0; i < copy.length; i++) {
            if (Float.isNaN(copy[i])) {
                throw new IllegalArgumentException("Score " + i + " is NaN, so that no order of the scores exists.");
            }
            copy[i] += 0.0f; // -0.0 becomes 0.0, which Arrays.sort would place below it
        }
        Arrays.sort(copy);
        return copy;
    }
}
