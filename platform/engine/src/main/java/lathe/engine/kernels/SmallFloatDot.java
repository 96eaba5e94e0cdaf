package lathe.engine.kernels;

import static lathe.engine.kernels.Lanes.BYTES;
import static lathe.engine.kernels.Lanes.F;
import static lathe.engine.kernels.Lanes.N;

import java.util.Optional;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

import lathe.spi.operator.SmallFloat;

/**
 * Codes that are floats of eight bits, four of exponent: their bits, moved to float32's places, read 2^120 times too
 * small, subnormal ones included. The input takes one half of that factor and the scales the other, so that nothing
 * overflows.
 */
final class SmallFloatDot implements CodebookDot {
    private static final int CODES = 4;
    private static final float HALF_FACTOR = 0x1p60f;
    /** Sign, exponent and mantissa of float32 after an arithmetic shift by four. */
    private static final int KEPT = 0x87F00000;

    private final CodeSteps steps;

    private SmallFloatDot(CodeSteps steps) {
        this.steps = steps;
    }

    /**
     * The product for a table.
     *
     * @param columns codes of a row
     * @param group   columns of a scale
     * @param table   256 values
     * @param codes   address of all codes: if the table calls two of them no numbers, none may be one of these
     * @param count   how many
     * @return empty where the table is another or groups end within vectors
     */
    static Optional<CodebookDot> of(int columns, int group, float[] table, long codes, long count) {
        CodeSteps steps = CodeSteps.of(columns, group, 8);
        if (steps == null || steps.stepScales() > 1) {
            return Optional.empty();
        }
        boolean numbers = true;
        for (int code = 0; code < 256; code++) {
            if (table[code] != SmallFloat.E4M3.value(code)) {
                if ((code & 0x7f) != 0x7f) {
                    return Optional.empty();
                }
                numbers = false;
            }
        }
        return numbers || allNumbers(codes, count) ? Optional.of(new SmallFloatDot(steps)) : Optional.empty();
    }

    /** Eight codes at a time: one is added to the lower seven bits of each, which overflow if all are set. */
    private static boolean allNumbers(long codes, long count) {
        long i = 0;
        for (; i <= count - 8; i += 8) {
            long lower = Memory.getLong(codes + i) & 0x7f7f7f7f7f7f7f7fL;
            if ((lower + 0x0101010101010101L & 0x8080808080808080L) != 0) {
                return false;
            }
        }
        for (; i < count; i++) {
            if ((Memory.getByte(codes + i) & 0x7f) == 0x7f) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int arrangedSize() {
        return steps.covered() + steps.rest();
    }

    /** The lowest bytes of a step's words, then the next ones. */
    @Override
    public void arrange(long input, float[] to, int at) {
        int next = at;
        for (int step = 0; step < steps.count(); step++) {
            for (int code = 0; code < CODES; code++) {
                for (int lane = 0; lane < N; lane++) {
                    to[next++] = Memory.getFloat(input + 4L * steps.column(step, lane, code)) * HALF_FACTOR;
                }
            }
        }
        steps.arrangeRest(input, to, next);
    }

    @Override
    public float dot(long codes, float[] table, float[] input, int at, float[] scales) {
        float sum = loop(codes, steps.count(), input, at, steps.scales(scales));
        return HALF_FACTOR * sum + steps.rest(codes, table, input, at + steps.covered(), scales);
    }

    private static float loop(long words, int steps, float[] input, int at, float[] scales) {
        long base = Memory.known(words);
        FloatVector none = FloatVector.zero(F);
        FloatVector sum = none;
        for (int step = 0; step < steps; step++) {
            IntVector word = Lanes.ints(base + (long) BYTES * step);
            int x = at + CODES * N * step;
            FloatVector a = value(word.lanewise(VectorOperators.LSHL, 24)).mul(FloatVector.fromArray(F, input, x));
            FloatVector b = value(word.lanewise(VectorOperators.LSHL, 16)).mul(FloatVector.fromArray(F, input, x + N));
            a = value(word.lanewise(VectorOperators.LSHL, 8)).fma(FloatVector.fromArray(F, input, x + 2 * N), a);
            b = value(word).fma(FloatVector.fromArray(F, input, x + 3 * N), b);
            sum = a.add(b).fma(FloatVector.broadcast(F, scales[step]), sum);
        }
        return Lanes.sum(sum);
    }

    /** The code in the uppermost byte of each word. */
    private static FloatVector value(IntVector word) {
        return word.lanewise(VectorOperators.ASHR, 4).and(KEPT).reinterpretAsFloats();
    }
}
