package lathe.engine.kernels;

import static lathe.engine.kernels.Lanes.F;
import static lathe.engine.kernels.Lanes.I;
import static lathe.engine.kernels.Lanes.N;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

import lathe.engine.blas.CoreType;

/**
 * Packed codes in lanes ({@link PackedLayout}): a vector of words gives a vector of codes by one AND and one conversion,
 * the lanes' columns lie apart and the input is arranged accordingly. The vectors of a step share a scale, or lanes have
 * scales of their own where a group has fewer words than a vector. The zero point meets the sums of the input, which are
 * arranged beside it.
 */
final class VectorPackedDot implements PackedDot {
    /** Shapes are few, their arrangements large. */
    private static final Map<Shape, VectorPackedDot> KNOWN = new ConcurrentHashMap<>();

    private static final boolean QUICK_SUBNORMALS = CoreType.quickSubnormals();
    /** Inputs below 2 to the one more than this are scaled for {@link SubnormalLoops}; larger ones have no room for it. */
    private static final int LARGEST_EXPONENT = 100;

    private record Shape(int bits, int columns, int group, boolean subnormal) {}

    private final int bits;
    private final int columns;
    private final int group;
    private final PackedLayout layout;
    /** Vectors of words of a step: two for bytes, so that a step has eight pieces. */
    private final int stepVectors;
    private final int steps;
    /** Columns that whole steps hold. */
    private final int covered;
    /** Scales of a step. */
    private final int stepScales;
    /** Steps of a group, 1 if a step has several groups. */
    private final int groupSteps;
    private final int stepSize;
    private final int[] places;
    private final float[] factors;
    /** Null unless inputs may be scaled for {@link SubnormalLoops}. */
    private final float[] subnormalFactors;

    private VectorPackedDot(Shape shape) {
        this.bits = shape.bits;
        this.columns = shape.columns;
        this.group = shape.group;
        this.layout = new PackedLayout(bits);
        int groupWords = groupWords(shape);
        this.stepVectors = layout.wide() == 8 && groupWords % (2 * N) == 0 ? 2 : 1;
        int stepWords = stepVectors * N;
        this.steps = columns / (stepWords * layout.codesPerWord());
        this.covered = steps * stepWords * layout.codesPerWord();
        this.stepScales = Math.max(1, stepWords / groupWords);
        this.groupSteps = Math.max(1, groupWords / stepWords);
        this.stepSize = (stepVectors * layout.pieces() + 1) * N;
        this.places = new int[layout.parts() * steps * stepSize];
        this.factors = new float[places.length];
        this.subnormalFactors = shape.subnormal && layout.wide() == 4 ? new float[places.length] : null;
        fillPlaces();
    }

    /** Words of a group; of all whole steps if there is one group. */
    private static int groupWords(Shape shape) {
        int codesPerWord = new PackedLayout(shape.bits).codesPerWord();
        return shape.group >= shape.columns ? 1 << 20 : shape.group / codesPerWord;
    }

    /** Whether vectors and groups fit into each other. */
    private static boolean fits(Shape shape) {
        int codesPerWord = new PackedLayout(shape.bits).codesPerWord();
        int words = groupWords(shape);
        return (shape.group >= shape.columns || shape.group % codesPerWord == 0) && words > 0
                && (words % N == 0 || N % words == 0);
    }

    /**
     * The product for a width and a group size.
     *
     * @return null where groups end within vectors, so that rows must be decoded
     */
    static PackedDot of(int bits, int columns, int group) {
        return of(bits, columns, group, QUICK_SUBNORMALS);
    }

    /** The same by name of the loops; both give the same bits. */
    static PackedDot of(int bits, int columns, int group, boolean subnormal) {
        Shape shape = new Shape(bits, columns, group, subnormal);
        return fits(shape) ? KNOWN.computeIfAbsent(shape, VectorPackedDot::new) : null;
    }

    /** Part by part, step by step, piece by piece; after a step's pieces the place of its sums. */
    private void fillPlaces() {
        int next = 0;
        for (int part = 0; part < layout.parts(); part++) {
            for (int step = 0; step < steps; step++) {
                for (int vector = 0; vector < stepVectors; vector++) {
                    for (int piece = 0; piece < layout.pieces(); piece++) {
                        for (int lane = 0; lane < N; lane++) {
                            int word = (step * stepVectors + vector) * N + lane;
                            places[next] = layout.column(word, part, piece);
                            if (subnormalFactors != null) {
                                subnormalFactors[next] = PackedLayout.subnormalFactor(piece);
                            }
                            factors[next++] = layout.factor(piece);
                        }
                    }
                }
                next += N;
            }
        }
    }

    @Override
    public int arrangedSize() {
        return places.length + columns - covered + 1;
    }

    /**
     * As {@link #fillPlaces} says, then the columns beyond the steps, and what the product of the steps is multiplied by,
     * 0 if they are not scaled. The sums are negative, and all in the first part.
     */
    @Override
    public void arrange(long input, float[] to, int at) {
        float[] plain = HeapScratch.plain(columns);
        Memory.copy(input, plain, columns);
        int exponent = subnormalFactors == null ? Integer.MAX_VALUE : largestExponent(plain);
        boolean scaled = exponent <= LARGEST_EXPONENT;
        to[at + arrangedSize() - 1] = scaled ? Math.scalb(1f, exponent + 23) : 0;
        // Up to below 2^127, in two steps since one number cannot hold the factor.
        float up = scaled ? Math.scalb(1f, Math.min(127, 126 - exponent)) : 1;
        float further = scaled ? Math.scalb(1f, Math.max(0, -1 - exponent)) : 1;
        float unit = scaled ? Math.scalb(1f, -23 - exponent) : 1;
        float[] each = scaled ? subnormalFactors : factors;
        for (int part = 0; part < layout.parts(); part++) {
            for (int step = 0; step < steps; step++) {
                int sums = at + (step + 1) * stepSize - N;
                int from = (part * steps + step) * stepSize;
                FloatVector sum = part == 0 ? FloatVector.zero(F) : FloatVector.fromArray(F, to, sums);
                for (int i = from; i < from + stepSize - N; i += N) {
                    FloatVector numbers = FloatVector.fromArray(F, plain, 0, places, i);
                    numbers.mul(up).mul(further).mul(FloatVector.fromArray(F, each, i)).intoArray(to, at + i);
                    sum = sum.sub(numbers);
                }
                FloatVector.zero(F).intoArray(to, at + from + stepSize - N);
                (part == layout.parts() - 1 ? sum.mul(unit) : sum).intoArray(to, sums);
            }
        }
        int next = at + places.length;
        for (int column = covered; column < columns; column++) {
            to[next++] = Memory.getFloat(input + 4L * column);
        }
    }

    /** The exponent of the input's largest number; above all limits where one is infinite or none. */
    private int largestExponent(float[] plain) {
        IntVector largest = IntVector.zero(I);
        int column = 0;
        for (; column <= columns - N; column += N) {
            largest = largest.max(FloatVector.fromArray(F, plain, column).reinterpretAsInts().and(0x7fffffff));
        }
        int bits = largest.reduceLanes(VectorOperators.MAX);
        for (; column < columns; column++) {
            bits = Math.max(bits, Float.floatToRawIntBits(plain[column]) & 0x7fffffff);
        }
        return Math.max(Float.MIN_EXPONENT, Math.getExponent(Float.intBitsToFloat(bits)));
    }

    @Override
    public float dot(long codes, float[] input, int at, float[] scales, int scale, float[] zeros, int zero) {
        if (layout.wide() == bits) {
            return wideDot(codes, input, at, scales, scale, zeros, zero);
        }
        try (Scratch.Frame frame = Scratch.frame()) {
            long words = frame.bytes(4L * ((columns + layout.codesPerWord() - 1) / layout.codesPerWord()) + 8);
            PackedSpread.spread(codes, columns, bits, words);
            return wideDot(words, input, at, scales, scale, zeros, zero);
        }
    }

    /**
     * One row whose codes were spread to the layout's width.
     *
     * @param words  their address
     * @param input  arranged input
     * @param at     its first index
     * @param scales as for {@link #dot}
     * @param scale  as for {@link #dot}
     * @param zeros  as for {@link #dot}
     * @param zero   as for {@link #dot}
     * @return the product
     */
    float wideDot(long words, float[] input, int at, float[] scales, int scale, float[] zeros, int zero) {
        float sum = 0;
        if (groupSteps > 1) {
            float[] stepScales = HeapScratch.stepScales(steps + N);
            float[] stepZeros = HeapScratch.stepZeros(steps + N);
            CodeSteps.repeat(scales, scale, groupSteps, steps, stepScales);
            CodeSteps.repeat(zeros, zero, groupSteps, steps, stepZeros);
            sum += parts(words, input, at, stepScales, 0, stepZeros, 0);
        } else if (steps > 0) {
            sum += parts(words, input, at, scales, scale, zeros, zero);
        }
        int next = at + places.length;
        for (int column = covered; column < columns; column++) {
            int g = group >= columns ? 0 : column / group;
            float code = ScalarRowMath.code(words, column, layout.wide()) - zeros[zero + g];
            sum += scales[scale + g] * code * input[next++];
        }
        return sum;
    }

    private float parts(long words, float[] input, int at, float[] scales, int scale, float[] zeros, int zero) {
        if (layout.wide() == 8) {
            return stepVectors == 2
                    ? PackedLoops.bytePairs(words, steps, input, at, scales, scale, zeros, zero)
                    : PackedLoops.bytes(words, steps, input, at, scales, scale, zeros, zero, stepScales);
        }
        float unit = input[at + arrangedSize() - 1];
        if (unit != 0) {
            return unit * (stepScales == 1
                    ? SubnormalLoops.nibbles(words, steps, input, at, scales, scale, zeros, zero)
                    : SubnormalLoops.nibblesOfGroups(words, steps, input, at, scales, scale, zeros, zero, stepScales));
        }
        if (layout.wide() == 4) {
            return stepScales == 1
                    ? PackedLoops.nibbles(words, steps, input, at, scales, scale, zeros, zero)
                    : PackedLoops.nibblesOfGroups(words, steps, input, at, scales, scale, zeros, zero, stepScales);
        }
        float sum = 0;
        for (int part = 0; part < layout.parts(); part++) {
            sum += PackedLoops.small(words, steps, 8 * layout.wide() * part, layout.wide(), input,
                    at + part * steps * stepSize, scales, scale, zeros, zero, stepScales);
        }
        return sum;
    }
}
