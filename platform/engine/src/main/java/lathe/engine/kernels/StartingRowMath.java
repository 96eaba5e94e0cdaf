package lathe.engine.kernels;

import static java.util.Objects.requireNonNull;

/**
 * The loops in lanes, but for the first inner products of a process: until the compiler has made the lanes fast those are
 * computed one number at a time, in the same order and so to the same bits. A short command is done before anything else
 * would pay; after that, now and then one is computed in lanes, which gets them compiled and tells when they have become
 * the faster ones.
 */
final class StartingRowMath implements RowMath {
    /** A few tokens of a small model. */
    private static final int SHORT_COMMAND = 1 << 17;
    private static final int SELDOM = 16;
    private static final int OFTEN_ENOUGH = 4;

    /** Of the process. */
    private static final YoungLoop ALL = new YoungLoop();

    private final RowMath lanes;
    private final YoungLoop loops;
    /** Threads may see it late and lose counts of the others, which costs a moment and changes no result. */
    private boolean started;
    private int calls;
    private int faster;

    /**
     * @param lanes what computes once it is compiled
     */
    StartingRowMath(RowMath lanes) {
        this(lanes, ALL);
    }

    /**
     * @param lanes what computes once it is compiled
     * @param loops knows when that is worth while for loops other than inner products
     */
    StartingRowMath(RowMath lanes, YoungLoop loops) {
        this.lanes = requireNonNull(lanes, "lanes is null");
        this.loops = requireNonNull(loops, "loops is null");
    }

    @Override
    public String name() {
        return lanes.name();
    }

    @Override
    public boolean hasLanes() {
        return lanes.hasLanes();
    }

    @Override
    public boolean startedLanes() {
        return started && lanes.startedLanes();
    }

    @Override
    public boolean isYoung(int count) {
        return loops.isYoung(count);
    }

    @Override
    public float dot(long weights, float[] input, int at, int count) {
        if (started) {
            return lanes.dot(weights, input, at, count);
        }
        if (!tries()) {
            return LaneOrder.dot(weights, input, at, count);
        }
        long start = System.nanoTime();
        float sum = lanes.dot(weights, input, at, count);
        long middle = System.nanoTime();
        LaneOrder.dot(weights, input, at, count);
        compare(middle - start, System.nanoTime() - middle);
        return sum;
    }

    @Override
    public float dotBf16(long weights, float[] split, int at, int count) {
        if (started) {
            return lanes.dotBf16(weights, split, at, count);
        }
        if (!tries()) {
            return LaneOrder.dotBf16(weights, split, at, count);
        }
        long start = System.nanoTime();
        float sum = lanes.dotBf16(weights, split, at, count);
        long middle = System.nanoTime();
        LaneOrder.dotBf16(weights, split, at, count);
        compare(middle - start, System.nanoTime() - middle);
        return sum;
    }

    private boolean tries() {
        int call = calls++;
        return call > SHORT_COMMAND && call % SELDOM == 0;
    }

    private void compare(long inLanes, long oneByOne) {
        faster = inLanes < oneByOne ? faster + 1 : 0;
        if (faster >= OFTEN_ENOUGH) {
            started = true;
        }
    }

    @Override
    public float dot(long left, long right, int count) {
        return lanes.dot(left, right, count);
    }

    @Override
    public void splitPairs(long input, int count, float[] to, int at) {
        if (isYoung(count)) {
            OneByOne.splitPairs(input, count, to, at);
        } else {
            lanes.splitPairs(input, count, to, at);
        }
    }

    @Override
    public float dotF16(long weights, float[] split, int at, int count) {
        return lanes.dotF16(weights, split, at, count);
    }

    @Override
    public PackedDot packedDot(int bits, int columns, int group) {
        return lanes.packedDot(bits, columns, group);
    }

    @Override
    public void widenBf16(long from, int count, long to) {
        if (isYoung(count)) {
            OneByOne.widenBf16(from, count, to);
        } else {
            lanes.widenBf16(from, count, to);
        }
    }

    @Override
    public void widenF16(long from, int count, long to) {
        lanes.widenF16(from, count, to);
    }

    @Override
    public void addScaled(float factor, long source, long target, int count) {
        if (isYoung(count)) {
            OneByOne.addScaled(factor, source, target, count);
        } else {
            lanes.addScaled(factor, source, target, count);
        }
    }

    @Override
    public void scale(long target, float factor, int count) {
        if (isYoung(count)) {
            OneByOne.scale(target, factor, count);
        } else {
            lanes.scale(target, factor, count);
        }
    }

    @Override
    public void unpack(long row, long from, int count, int bits, long to) {
        lanes.unpack(row, from, count, bits, to);
    }

    @Override
    public void dequantise(long target, int count, float scale, float zero) {
        lanes.dequantise(target, count, scale, zero);
    }

    @Override
    public double sumOfSquares(long values, int count) {
        return isYoung(count) ? OneByOne.sumOfSquares(values, count) : lanes.sumOfSquares(values, count);
    }
}
