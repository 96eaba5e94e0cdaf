package lathe.engine.kernels;

import static lathe.engine.kernels.Lanes.N;

import java.util.Arrays;

/**
 * How a row of codes that look their value up divides into steps of a vector of 32-bit words, each with one scale or
 * several, and columns beyond.
 */
final class CodeSteps {
    private final int columns;
    private final int group;
    private final int bits;
    private final int steps;
    private final int stepScales;
    private final int groupSteps;

    private CodeSteps(int columns, int group, int bits) {
        this.columns = columns;
        this.group = group;
        this.bits = bits;
        int codesPerWord = 32 / bits;
        this.steps = columns / (N * codesPerWord);
        int groupWords = group >= columns ? 1 << 20 : group / codesPerWord;
        this.stepScales = Math.max(1, N / groupWords);
        this.groupSteps = Math.max(1, groupWords / N);
    }

    /**
     * The steps of rows.
     *
     * @param columns codes of a row
     * @param group   columns of a scale
     * @param bits    of a code, a divisor of 32
     * @return null where groups end within vectors
     */
    static CodeSteps of(int columns, int group, int bits) {
        int codesPerWord = 32 / bits;
        int words = group / codesPerWord;
        boolean fits = group >= columns
                || group % codesPerWord == 0 && (words % N == 0 || N % words == 0);
        return fits ? new CodeSteps(columns, group, bits) : null;
    }

    int count() {
        return steps;
    }

    /** Scales of a step, a power of two. */
    int stepScales() {
        return stepScales;
    }

    /** Columns that the steps hold. */
    int covered() {
        return steps * N * (32 / bits);
    }

    /** Columns beyond the steps. */
    int rest() {
        return columns - covered();
    }

    /** The column of a code of a lane. */
    int column(int step, int lane, int code) {
        return (step * N + lane) * (32 / bits) + code;
    }

    /** The scales of every step from those of the groups, with a vector of anything after them. */
    float[] scales(float[] scales) {
        if (groupSteps == 1) {
            return scales;
        }
        float[] repeated = HeapScratch.stepScales(steps + N);
        repeat(scales, 0, groupSteps, steps, repeated);
        return repeated;
    }

    /** Each of some numbers so many times, until there are enough. Without a division for each, which costs a step. */
    static void repeat(float[] from, int at, int times, int count, float[] to) {
        for (int done = 0, group = at; done < count; group++) {
            int end = Math.min(count, done + times);
            Arrays.fill(to, done, end, from[group]);
            done = end;
        }
    }

    /** Brings the input of the columns beyond the steps behind the rest. */
    void arrangeRest(long input, float[] to, int at) {
        for (int column = covered(); column < columns; column++) {
            to[at + column - covered()] = Memory.getFloat(input + 4L * column);
        }
    }

    /**
     * The product of the columns beyond the steps.
     *
     * @param codes  address of the row's codes
     * @param table  values
     * @param input  has their input
     * @param at     from here on
     * @param scales of the row's groups
     */
    float rest(long codes, float[] table, float[] input, int at, float[] scales) {
        float sum = 0;
        for (int column = covered(); column < columns; column++) {
            float value = table[ScalarRowMath.code(codes, column, bits)];
            sum += scales[group >= columns ? 0 : column / group] * (value * input[at + column - covered()]);
        }
        return sum;
    }
}
