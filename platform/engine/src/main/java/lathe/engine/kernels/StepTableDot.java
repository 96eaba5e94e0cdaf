package lathe.engine.kernels;

import static lathe.engine.kernels.Lanes.BYTES;
import static lathe.engine.kernels.Lanes.F;
import static lathe.engine.kernels.Lanes.I;
import static lathe.engine.kernels.Lanes.N;

import java.util.Optional;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Codes of four bits whose table holds multiples of one step, as that of the four-bit float does: a shuffle of bytes
 * turns a vector of codes into one of numbers from 0 to 255, which go the way of codes of eight bits.
 */
final class StepTableDot implements CodebookDot {
    private static final VectorSpecies<Byte> B = VectorSpecies.of(byte.class, I.vectorShape());
    private static final int ENTRIES = 16;
    /** Codes in the order in which their bytes come: those of low halves of bytes, then those of high ones. */
    private static final int[] CODES = {0, 2, 4, 6, 1, 3, 5, 7};
    private static final PackedLayout LAYOUT = new PackedLayout(8);
    private static final int STEP = 9 * N;

    private final CodeSteps steps;
    private final float unit;
    /** What a byte of nought stands for, in units. */
    private final float least;
    private final byte[] bytes = new byte[B.length()];

    private StepTableDot(CodeSteps steps, float unit, float least, float[] table) {
        this.steps = steps;
        this.unit = unit;
        this.least = least;
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) Math.round(table[i % ENTRIES] / unit - least);
        }
    }

    /**
     * The product for a table.
     *
     * @param columns codes of a row
     * @param group   columns of a scale
     * @param table   sixteen values
     * @return empty where the table is another or groups end within vectors
     */
    static Optional<CodebookDot> of(int columns, int group, float[] table) {
        CodeSteps steps = CodeSteps.of(columns, group, 4);
        float unit = unit(table);
        if (steps == null || N < 4 || unit == 0) {
            return Optional.empty();
        }
        float least = Float.POSITIVE_INFINITY;
        float most = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < ENTRIES; i++) {
            least = Math.min(least, table[i] / unit);
            most = Math.max(most, table[i] / unit);
        }
        return most - least <= 255 ? Optional.of(new StepTableDot(steps, unit, least, table)) : Optional.empty();
    }

    /** The smallest entry, if all are exact multiples of it; else 0. */
    private static float unit(float[] table) {
        float unit = Float.POSITIVE_INFINITY;
        for (int i = 0; i < ENTRIES; i++) {
            if (table[i] != 0) {
                unit = Math.min(unit, Math.abs(table[i]));
            }
        }
        for (int i = 0; i < ENTRIES; i++) {
            float multiple = table[i] / unit;
            if (multiple != Math.rint(multiple) || !(Math.abs(multiple) <= 255) || multiple * unit != table[i]) {
                return 0;
            }
        }
        return unit;
    }

    @Override
    public int arrangedSize() {
        return steps.count() * STEP + steps.rest();
    }

    /** Eight pieces a step, then what the least entry makes of their sum. */
    @Override
    public void arrange(long input, float[] to, int at) {
        for (int step = 0; step < steps.count(); step++) {
            int next = at + step * STEP;
            for (int lane = 0; lane < N; lane++) {
                float sum = 0;
                for (int piece = 0; piece < CODES.length; piece++) {
                    float x = Memory.getFloat(input + 4L * steps.column(step, lane, CODES[piece]));
                    to[next + piece * N + lane] = x * LAYOUT.factor(piece & 3);
                    sum += x;
                }
                to[next + CODES.length * N + lane] = least * sum;
            }
        }
        steps.arrangeRest(input, to, at + steps.count() * STEP);
    }

    @Override
    public float dot(long codes, float[] table, float[] input, int at, float[] scales) {
        float sum = loop(codes, steps.count(), bytes, input, at, steps.scales(scales), steps.stepScales());
        return unit * sum + steps.rest(codes, table, input, at + steps.count() * STEP, scales);
    }

    private static float loop(long words, int steps, byte[] bytes, float[] input, int at, float[] scales, int groups) {
        long base = Memory.known(words);
        IntVector lanes = PackedLoops.groupOfLane(groups);
        ByteVector table = ByteVector.fromArray(B, bytes, 0);
        IntVector halves = IntVector.broadcast(I, 0x0f0f0f0f);
        IntVector m0 = IntVector.broadcast(I, 0xff);
        IntVector m1 = IntVector.broadcast(I, 0xff00);
        IntVector m2 = IntVector.broadcast(I, 0xff0000);
        FloatVector none = FloatVector.zero(F);
        FloatVector sum = none;
        for (int step = 0; step < steps; step++) {
            IntVector word = Lanes.ints(base + (long) BYTES * step);
            IntVector first = word.and(halves).reinterpretAsBytes().selectFrom(table).reinterpretAsInts();
            IntVector second = word.lanewise(VectorOperators.LSHR, 4).and(halves).reinterpretAsBytes().selectFrom(table)
                    .reinterpretAsInts();
            int x = at + STEP * step;
            FloatVector a = FloatVector.fromArray(F, input, x + 8 * N);
            FloatVector b = PackedLoops.piece(first, m0, input, x, none);
            a = PackedLoops.piece(first, m1, input, x + N, a);
            b = PackedLoops.piece(first, m2, input, x + 2 * N, b);
            a = PackedLoops.top(first, 24, input, x + 3 * N, a);
            b = PackedLoops.piece(second, m0, input, x + 4 * N, b);
            a = PackedLoops.piece(second, m1, input, x + 5 * N, a);
            b = PackedLoops.piece(second, m2, input, x + 6 * N, b);
            a = PackedLoops.top(second, 24, input, x + 7 * N, a);
            // Written out: of methods that are not its own, the compiler makes calls in bodies as long as this.
            FloatVector scale = lanes.selectFrom(FloatVector.fromArray(F, scales, groups * step).reinterpretAsInts())
                    .reinterpretAsFloats();
            sum = a.add(b).fma(scale, sum);
        }
        return Lanes.sum(sum);
    }
}
