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
 * scales of their own where a group has fewer words than a vector. The zero points meet the sums of the groups' inputs,
 * which are arranged beside them, apart from the loop.
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
    /** Groups that whole steps touch. */
    private final int coveredGroups;
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
        this.stepSize = stepVectors * layout.pieces() * N;
        this.coveredGroups = group >= columns ? Math.min(1, steps) : (covered + group - 1) / group;
        this.places = new int[layout.parts() * steps * stepSize];
        this.factors = new float[places.length];
        this.subnormalFactors = shape.subnormal && layout.stride() == 4 ? new float[places.length] : null;
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

    /** Part by part, step by step, piece by piece. */
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
                                subnormalFactors[next] = layout.subnormalFactor(piece);
                            }
                            factors[next++] = layout.factor(piece);
                        }
                    }
                }
            }
        }
    }

    @Override
    public int arrangedSize() {
        return places.length + coveredGroups + columns - covered + 1;
    }

    /** Address of the sums of an arranged input, behind which lie the columns beyond the steps and the unit. */
    private long sums(long input) {
        return input + 4L * places.length;
    }

    /**
     * As {@link #fillPlaces} says, then the sums of the groups, the columns beyond the steps, and what the product of the
     * steps is multiplied by, 0 if they are not scaled.
     */
    @Override
    public void arrange(long input, long to) {
        float[] plain = HeapScratch.plain(columns);
        Memory.copy(input, plain, columns);
        int exponent = subnormalFactors == null ? Integer.MAX_VALUE : largestExponent(plain);
        boolean scaled = exponent <= LARGEST_EXPONENT;
        // Up to below 2^127, in two steps since one number cannot hold the factor.
        float up = scaled ? Math.scalb(1f, Math.min(127, 126 - exponent)) : 1;
        float further = scaled ? Math.scalb(1f, Math.max(0, -1 - exponent)) : 1;
        float[] each = scaled ? subnormalFactors : factors;
        for (int i = 0; i < places.length; i += N) {
            FloatVector numbers = FloatVector.fromArray(F, plain, 0, places, i);
            Lanes.store(numbers.mul(up).mul(further).mul(FloatVector.fromArray(F, each, i)), to + 4L * i);
        }
        long next = sums(to);
        for (int g = 0; g < coveredGroups; g++, next += 4) {
            int from = g * group;
            Memory.setFloat(next, sum(plain, from, group >= columns ? covered : Math.min(covered, from + group)));
        }
        Memory.copy(input + 4L * covered, next, 4L * (columns - covered));
        Memory.setFloat(next + 4L * (columns - covered), scaled ? Math.scalb(1f, exponent + 23) : 0);
    }

    private static float sum(float[] numbers, int from, int to) {
        FloatVector sum = FloatVector.zero(F);
        int i = from;
        for (; i <= to - N; i += N) {
            sum = sum.add(FloatVector.fromArray(F, numbers, i));
        }
        float all = Lanes.sum(sum);
        for (; i < to; i++) {
            all += numbers[i];
        }
        return all;
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
    public float dot(long codes, long input, float[] scales, int scale, float[] zeros, int zero) {
        if (layout.wide() == bits) {
            return wideDot(codes, input, scales, scale, zeros, zero);
        }
        try (Scratch.Frame frame = Scratch.frame()) {
            long words = frame.bytes(4L * ((columns + layout.codesPerWord() - 1) / layout.codesPerWord()) + 8);
            if (bits == 3) {
                ThreeBitWords.spread(codes, steps, words);
                return product(words, input, scales, scale, zeros, zero)
                        + rest(codes, bits, input, scales, scale, zeros, zero);
            }
            PackedSpread.spread(codes, columns, bits, words);
            return wideDot(words, input, scales, scale, zeros, zero);
        }
    }

    /**
     * One row whose codes were spread to a width of one, two, four or eight bits, which is this product's.
     *
     * @param words  their address
     * @param input  address of the arranged input
     * @param scales as for {@link #dot}
     * @param scale  as for {@link #dot}
     * @param zeros  as for {@link #dot}
     * @param zero   as for {@link #dot}
     * @return the product
     */
    float wideDot(long words, long input, float[] scales, int scale, float[] zeros, int zero) {
        return product(words, input, scales, scale, zeros, zero)
                + rest(words, layout.wide(), input, scales, scale, zeros, zero);
    }

    /** Two to four bits or eight, of four at most two scales a step, and nothing beyond the steps. */
    @Override
    public boolean multipliesRows(long input) {
        boolean suits = bits == 2 || bits == 3 || bits == 4 && stepScales <= 2 && unit(input) != 0
                || bits == 8;
        return suits && covered == columns;
    }

    /** What the product of the steps is multiplied by, 0 if the input is not scaled. */
    private float unit(long input) {
        return Memory.getFloat(input + 4L * (arrangedSize() - 1));
    }

    /**
     * A whole model's token in four bits (512 bits, in turn) took 7.9 and 8.2 ms with chunks of some 200 rows, 7.0 and 7.3
     * with 16, 7.1 and 7.3 with 8. One weight of three bits (320 and 390 microseconds) took 410 and 440 with 16, one of eight
     * bits stayed as it was.
     */
    @Override
    public int rowsAtOnce() {
        return bits == 4 ? 16 : Integer.MAX_VALUE;
    }

    @Override
    public void multiply(long codes, int rowBytes, int rows, long input, long scales, long zeros, long zeroStep,
            long output) {
        try (Scratch.Frame frame = Scratch.frame()) {
            long lanes = frame.floats((long) N * rows);
            long ofSteps = groupSteps == 1 ? scales : repeated(scales, rows, frame);
            switch (bits) {
                case 2 ->
                    LowBitRows.twos(codes, rowBytes, rows, steps, input, ofSteps, stepScales, LowBitRows.TWOS, lanes);
                case 3 -> threes(codes, rowBytes, rows, input, ofSteps, lanes);
                case 8 -> byteRows(codes, rowBytes, rows, input, ofSteps, lanes);
                default -> nibbleRows(codes, rowBytes, rows, input, ofSteps, lanes);
            }
            float unit = bits == 4 ? unit(input) : 1;
            NibbleRows.finish(rows, lanes, unit, coveredGroups, sums(input), scales, zeros, zeroStep, output);
        }
    }

    private void nibbleRows(long codes, int rowBytes, int rows, long input, long scales, long lanes) {
        if (stepScales == 1) {
            NibbleRows.multiply(codes, rowBytes, rows, steps, input, scales, 15, lanes);
        } else {
            NibbleRows.multiplyPairs(codes, rowBytes, rows, steps, input, scales, 15, lanes);
        }
    }

    private void byteRows(long codes, int rowBytes, int rows, long input, long scales, long lanes) {
        if (stepVectors == 2) {
            ByteRows.multiply(codes, rowBytes, rows, steps, input, scales, 255, lanes);
        } else {
            ByteRows.multiplyGroups(codes, rowBytes, rows, steps, input, scales, stepScales, 255, lanes);
        }
    }

    /** The last row goes by a copy: what lies behind it may be read there. */
    private void threes(long codes, int rowBytes, int rows, long input, long scales, long lanes) {
        int last = rows - 1;
        try (Scratch.Frame frame = Scratch.frame()) {
            long copy = frame.bytes(rowBytes + (long) Lanes.BYTES);
            Memory.copy(codes + (long) rowBytes * last, copy, rowBytes);
            LowBitRows.threes(codes, rowBytes, last, steps, input, scales, stepScales, 7, lanes);
            LowBitRows.threes(copy, rowBytes, 1, steps, input, scales + 4L * stepScales * steps * last, stepScales, 7,
                    lanes + (long) Lanes.BYTES * last);
        }
    }

    /** A scale for every step, where groups have several. */
    private long repeated(long scales, int rows, Scratch.Frame frame) {
        long all = frame.floats((long) rows * steps + N);
        long next = all;
        for (int row = 0; row < rows; row++) {
            for (int step = 0; step < steps; step++, next += 4) {
                Memory.setFloat(next, Memory.getFloat(scales + 4L * (coveredGroups * row + step / groupSteps)));
            }
        }
        return all;
    }

    /** The steps. */
    private float product(long words, long input, float[] scales, int scale, float[] zeros, int zero) {
        if (steps == 0) {
            return 0;
        }
        float[] ofSteps = scales;
        int first = scale;
        if (groupSteps > 1) {
            ofSteps = HeapScratch.stepScales(steps + N);
            first = 0;
            CodeSteps.repeat(scales, scale, groupSteps, steps, ofSteps);
        }
        return parts(words, input, ofSteps, first)
                - PackedLoops.zeroSum(coveredGroups, sums(input), scales, scale, zeros, zero);
    }

    /** The columns beyond the steps. */
    private float rest(long codes, int width, long input, float[] scales, int scale, float[] zeros, int zero) {
        float sum = 0;
        long next = sums(input) + 4L * coveredGroups;
        for (int column = covered; column < columns; column++, next += 4) {
            int g = group >= columns ? 0 : column / group;
            float code = ScalarRowMath.code(codes, column, width) - zeros[zero + g];
            sum += scales[scale + g] * code * Memory.getFloat(next);
        }
        return sum;
    }

    private float parts(long words, long input, float[] scales, int scale) {
        if (layout.wide() == 8) {
            return stepVectors == 2
                    ? PackedLoops.bytePairs(words, steps, input, scales, scale)
                    : PackedLoops.bytes(words, steps, input, scales, scale, stepScales);
        }
        if (layout.stride() == 4) {
            float unit = unit(input);
            return unit == 0 ? nibbles(words, input, scales, scale) : unit * tinyNibbles(words, input, scales, scale);
        }
        float sum = 0;
        for (int part = 0; part < layout.parts(); part++) {
            sum += PackedLoops.small(words, steps, 8 * layout.stride() * part, layout.stride(),
                    input + 4L * part * steps * stepSize, scales, scale, stepScales);
        }
        return sum;
    }

    private float nibbles(long words, long input, float[] scales, int scale) {
        return stepScales == 1
                ? PackedLoops.nibbles(words, steps, input, scales, scale)
                : PackedLoops.nibblesOfGroups(words, steps, input, scales, scale, stepScales);
    }

    private float tinyNibbles(long words, long input, float[] scales, int scale) {
        return stepScales == 1
                ? SubnormalLoops.nibbles(words, steps, input, scales, scale)
                : SubnormalLoops.nibblesOfGroups(words, steps, input, scales, scale, stepScales);
    }
}
