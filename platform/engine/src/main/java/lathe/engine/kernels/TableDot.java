package lathe.engine.kernels;

import static lathe.engine.kernels.Lanes.BYTES;
import static lathe.engine.kernels.Lanes.F;
import static lathe.engine.kernels.Lanes.N;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Codes of four bits with any table of sixteen: the table stays in one register, or in two of eight values of which the
 * code's top bit chooses.
 */
final class TableDot implements CodebookDot {
    private static final int ENTRIES = 16;
    private static final int CODES = 8;

    private final CodeSteps steps;

    private TableDot(CodeSteps steps) {
        this.steps = steps;
    }

    /** The product for a group size; null where groups end within vectors or vectors are too narrow for tables. */
    static TableDot of(int columns, int group) {
        CodeSteps steps = CodeSteps.of(columns, group, 4);
        return steps != null && N >= 8 ? new TableDot(steps) : null;
    }

    @Override
    public int arrangedSize() {
        return steps.covered() + steps.rest();
    }

    /** Code by code of the words of a step, four codes of all steps and then the other four. */
    @Override
    public void arrange(long input, float[] to, int at) {
        int next = at;
        for (int half = 0; half < 2; half++) {
            for (int step = 0; step < steps.count(); step++) {
                for (int code = CODES / 2 * half; code < CODES / 2 * (half + 1); code++) {
                    for (int lane = 0; lane < N; lane++) {
                        to[next++] = Memory.getFloat(input + 4L * steps.column(step, lane, code));
                    }
                }
            }
        }
        steps.arrangeRest(input, to, next);
    }

    @Override
    public float dot(long codes, float[] table, float[] input, int at, float[] scales) {
        float[] stepScales = steps.scales(scales);
        int count = steps.count();
        return half(codes, count, 0, table, input, at, stepScales, steps.stepScales())
                + half(codes, count, 16, table, input, at + 4 * N * count, stepScales, steps.stepScales())
                + steps.rest(codes, table, input, at + steps.covered(), scales);
    }

    private static float half(long words, int steps, int shift, float[] table, float[] input, int at, float[] scales,
            int groups) {
        long base = Memory.known(words);
        IntVector lanes = PackedLoops.groupOfLane(groups);
        IntVector low = FloatVector.fromArray(F, table, 0).reinterpretAsInts();
        IntVector high = N == 8 ? FloatVector.fromArray(F, table, ENTRIES - N).reinterpretAsInts() : low;
        IntVector change = low.lanewise(VectorOperators.XOR, high);
        FloatVector sum = FloatVector.zero(F);
        for (int step = 0; step < steps; step++) {
            IntVector word = Lanes.ints(base + (long) BYTES * step).lanewise(VectorOperators.LSHR, shift);
            int x = at + 4 * N * step;
            FloatVector a = value(word, low, change).mul(FloatVector.fromArray(F, input, x));
            FloatVector b = value(word.lanewise(VectorOperators.LSHR, 4), low, change)
                    .mul(FloatVector.fromArray(F, input, x + N));
            a = value(word.lanewise(VectorOperators.LSHR, 8), low, change)
                    .fma(FloatVector.fromArray(F, input, x + 2 * N), a);
            b = value(word.lanewise(VectorOperators.LSHR, 12), low, change)
                    .fma(FloatVector.fromArray(F, input, x + 3 * N), b);
            sum = a.add(b).fma(PackedLoops.ofGroups(scales, groups * step, lanes), sum);
        }
        return Lanes.sum(sum);
    }

    /**
     * What the lowest four bits of each lane name. The upper half of the table is the lower one changed in some bits: the
     * code's top bit, spread over the lane, says whether. A mask and a blend would be made as objects.
     */
    private static FloatVector value(IntVector code, IntVector low, IntVector change) {
        IntVector first = code.selectFrom(low);
        if (N > 8) {
            return first.reinterpretAsFloats();
        }
        IntVector upper = code.lanewise(VectorOperators.LSHL, 28).lanewise(VectorOperators.ASHR, 31);
        return first.lanewise(VectorOperators.XOR, code.selectFrom(change).and(upper)).reinterpretAsFloats();
    }
}
