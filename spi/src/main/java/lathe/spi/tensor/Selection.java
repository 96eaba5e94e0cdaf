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
        float threshold = ascending(scores, count - 1);
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
        float threshold = ascending(scores, index);
        boolean[] gone = new boolean[scores.length];
        for (int i = 0; i < scores.length; i++) {
            gone[i] = scores[i] <= threshold;
        }
        return gone;
    }

    /** The score at an index of the ascending order: by halving, since most scores need not be sorted for it. */
    private static float ascending(float[] scores, int index) {
        float[] copy = scores.clone();
        for (int i = 0; i < copy.length; i++) {
            if (Float.isNaN(copy[i])) {
                throw new IllegalArgumentException("Score " + i + " is NaN, so that no order of the scores exists.");
            }
            copy[i] += 0.0f; // -0.0 becomes 0.0, which Arrays.sort would place below it
        }
        int low = 0;
        int high = copy.length - 1;
        // Ranges that shrink too slowly are sorted: no input takes longer than that.
        for (int rounds = 2 * (32 - Integer.numberOfLeadingZeros(copy.length)); rounds > 0
                && high - low > 48; rounds--) {
            float pivot = median(copy[low], copy[low + high >>> 1], copy[high]);
            int i = low;
            int j = high;
            while (i <= j) {
                while (copy[i] < pivot) {
                    i++;
                }
                while (copy[j] > pivot) {
                    j--;
                }
                if (i <= j) {
                    float swapped = copy[i];
                    copy[i++] = copy[j];
                    copy[j--] = swapped;
                }
            }
            if (index > j && index < i) {
                return pivot;
            }
            if (index <= j) {
                high = j;
            } else {
                low = i;
            }
        }
        Arrays.sort(copy, low, high + 1);
        return copy[index];
    }

    private static float median(float a, float b, float c) {
        return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    }
}
