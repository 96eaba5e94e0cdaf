package lathe.engine.kernels;

import static lathe.engine.kernels.Lanes.BYTES;
import static lathe.engine.kernels.Lanes.F;
import static lathe.engine.kernels.Lanes.N;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Products with rows of codes of four bits that look their value up in a table of sixteen: the table stays in one register,
 * or in two of eight values of which the code's top bit chooses.
 */
final class CodebookDot {
    private static final int ENTRIES = 16;
    private static final int CODES_PER_WORD = 8;

    private final int columns;
    private final int group;
    private final int steps;
    private final int stepScales;
    private final int groupSteps;

    private CodebookDot(int columns, int group) {
        this.columns = columns;
        this.group = group;
        this.steps = columns / (N * CODES_PER_WORD);
        int groupWords = group >= columns ? 1 << 20 : group / CODES_PER_WORD;
        this.stepScales = Math.max(1, N / groupWords);
        this.groupSteps = Math.max(1, groupWords / N);
    }

    /** The product for a group size; null where groups end within vectors or vectors are too narrow for tables. */
    static CodebookDot of(int columns, int group) {
        int words = group / CODES_PER_WORD;
        boolean fits = group >= columns
                || group % CODES_PER_WORD == 0 && (words % N == 0 || N % words == 0);
        return fits && N >= 8 ? new CodebookDot(columns, group) : null;
    }

    /** Code by code of the words of a step; then the columns beyond. */
    void arrange(long input, float[] to, int at) {
        int next = at;
        for (int half = 0; half < 2; half++) {
            for (int step = 0; step < steps; step++) {
                for (int code = 4 * half; code < 4 * half + 4; code++) {
                    for (int lane = 0; lane < N; lane++) {
                        to[next++] = Memory.getFloat(input + 4L * ((step * N + lane) * CODES_PER_WORD + code));
                    }
                }
            }
        }
        for (int column = steps * N * CODES_PER_WORD; column < columns; column++) {
            to[next++] = Memory.getFloat(input + 4L * column);
        }
    }

    /**
     * One row.
     *
     * @param codes  address of its codes
     * @param table  sixteen values
     * @param input  arranged input
     * @param at     its first index
     * @param scales scales of the row's groups, and a vector of anything after them
     * @return the product
     */
    float dot(long codes, float[] table, float[] input, int at, float[] scales) {
        float[] stepScale = scales;
        if (groupSteps > 1) {
            stepScale = HeapScratch.stepScales(steps + N);
            for (int step = 0; step < steps; step++) {
                stepScale[step] = scales[step / groupSteps];
            }
        }
        float sum = half(codes, steps, 0, table, input, at, stepScale, stepScales)
                + half(codes, steps, 16, table, input, at + 4 * N * steps, stepScale, stepScales);
        int next = at + steps * N * CODES_PER_WORD;
        for (int column = steps * N * CODES_PER_WORD; column < columns; column++) {
            float value = table[ScalarRowMath.code(codes, column, 4)];
            sum += scales[group >= columns ? 0 : column / group] * (value * input[next++]);
        }
        return sum;
    }

    private static float half(long words, int steps, int shift, float[] table, float[] input, int at, float[] scales,
            int groups) {
        IntVector lanes = PackedLoops.groupOfLane(groups);
        IntVector low = FloatVector.fromArray(F, table, 0).reinterpretAsInts();
        IntVector high = N == 8 ? FloatVector.fromArray(F, table, ENTRIES - N).reinterpretAsInts() : low;
        FloatVector sum = FloatVector.zero(F);
        for (int step = 0; step < steps; step++) {
            IntVector word = Lanes.ints(words + (long) BYTES * step).lanewise(VectorOperators.LSHR, shift);
            int x = at + 4 * N * step;
            FloatVector a = value(word, low, high).mul(FloatVector.fromArray(F, input, x));
            FloatVector b = value(word.lanewise(VectorOperators.LSHR, 4), low, high)
                    .mul(FloatVector.fromArray(F, input, x + N));
            a = value(word.lanewise(VectorOperators.LSHR, 8), low, high)
                    .fma(FloatVector.fromArray(F, input, x + 2 * N), a);
            b = value(word.lanewise(VectorOperators.LSHR, 12), low, high)
                    .fma(FloatVector.fromArray(F, input, x + 3 * N), b);
            sum = a.add(b).fma(PackedLoops.ofGroups(scales, groups * step, lanes), sum);
        }
        return Lanes.sum(sum);
    }

    /** What the lowest four bits of each lane name. */
    private static FloatVector value(IntVector code, IntVector low, IntVector high) {
        IntVector first = code.selectFrom(low);
        if (N > 8) {
            return first.reinterpretAsFloats();
        }
        return first.blend(code.selectFrom(high), code.lanewise(VectorOperators.LSHL, 28).lt(0)).reinterpretAsFloats();
    }
}
