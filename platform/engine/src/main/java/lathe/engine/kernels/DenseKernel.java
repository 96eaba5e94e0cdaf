package lathe.engine.kernels;

import java.util.List;

import lathe.engine.blas.Packing;
import lathe.engine.blas.RightPanel;
import lathe.spi.operator.Dense;
import lathe.spi.tensor.DataType;

/**
 * A weight with every entry stored: read once a token at memory speed, or multiplied panel by panel. Bfloat16 numbers are
 * widened on their way into a panel, on every processor: the OpenBLAS that Maven Central has is built without products of
 * bfloat16 matrices, Java's vectors do not reach AVX512_BF16, and either would round the inputs.
 */
final class DenseKernel extends RowKernel {
    /** Columns of rows that get their loop compiled within a few of them. */
    private static final int LONG = 1024;

    /** Order of arranged inputs. */
    private enum Order {
        GIVEN,
        PAIRS,
        SCALED_PAIRS
    }

    private final FloatReader weight;
    /** Null unless weights are float16. */
    private final SmallHalves smallHalves;

    DenseKernel(Dense operator, KernelTools tools) {
        super(operator.outFeatures(), operator.inFeatures(), List.of(operator.weight()), tools);
        this.weight = new FloatReader(operator.weight(), tools.math());
        this.smallHalves = weight.type() == DataType.F16
                ? new SmallHalves(operator.outFeatures())
                : null;
    }

    private boolean paired() {
        return weight.type() == DataType.BF16 || weight.type() == DataType.F16;
    }

    /** Whether two rows go together, which gives the same bits: long ones at once, short ones when lanes are compiled. */
    private boolean pairs() {
        return math().hasLanes() && inFeatures() % (4 * Lanes.N) == 0
                && (inFeatures() >= LONG || math().startedLanes());
    }

    /** Whether four rows go together, always or never of a weight, since they are added in an order of their own. */
    private boolean fours() {
        return math().hasLanes() && inFeatures() % FourDot.STEP == 0 && inFeatures() >= LONG;
    }

    @Override
    Object arrangement() {
        return smallHalves != null ? Order.SCALED_PAIRS : paired() ? Order.PAIRS : Order.GIVEN;
    }

    /** Behind scaled numbers stands what scaled them. */
    @Override
    int arrangedSize() {
        return smallHalves != null ? inFeatures() + 1 : super.arrangedSize();
    }

    @Override
    void arrange(long input, float[] to, int at) {
        if (paired()) {
            math().splitPairs(input, inFeatures(), to, at);
            if (smallHalves != null) {
                SmallHalves.scale(to, at, inFeatures());
            }
        } else {
            super.arrange(input, to, at);
        }
    }

    @Override
    void multiply(int from, int to, float[] input, int at, long output) {
        int columns = inFeatures();
        switch (weight.type()) {
            case F32 -> {
                int row = from + fours(from, to, input, at, output);
                row += pairs(row, to, input, at, output + 4L * (row - from));
                for (; row < to; row++) {
                    float sum = math().dot(weight.at((long) row * columns), input, at, columns);
                    Memory.setFloat(output + 4L * (row - from), sum);
                }
            }
            case BF16 -> {
                int row = from + fours(from, to, input, at, output);
                row += pairs(row, to, input, at, output + 4L * (row - from));
                for (; row < to; row++) {
                    float sum = math().dotBf16(weight.at((long) row * columns), input, at, columns);
                    Memory.setFloat(output + 4L * (row - from), sum);
                }
            }
            case F16 -> {
                double unit = SmallHalves.unit(input, at, columns);
                for (int row = from + smallFours(from, to, input, at, output); row < to; row++) {
                    float sum = math().dotF16(weight.at((long) row * columns), input, at, columns);
                    Memory.setFloat(output + 4L * (row - from), (float) (sum * unit));
                }
            }
            default -> super.multiply(from, to, input, at, output);
        }
    }

    /** Rows that go by four: all but up to three, or none. */
    private int fours(int from, int to, float[] input, int at, long output) {
        int quarter = fours() ? (to - from) / 4 : 0;
        if (quarter == 0) {
            return 0;
        }
        long first = weight.at((long) from * inFeatures());
        long bytes = (long) inFeatures() * weight.type().bytes();
        try (Scratch.Frame frame = Scratch.frame()) {
            long lanes = frame.floats(4L * quarter * Lanes.N);
            if (weight.type() == DataType.BF16) {
                FourDot.halves(first, bytes, quarter, input, at, inFeatures(), lanes);
            } else {
                FourDot.floats(first, bytes, quarter, input, at, inFeatures(), lanes);
            }
            FourDot.sum(4 * quarter, lanes, output);
        }
        return 4 * quarter;
    }

    /** Rows that go by two: all but one, or none. */
    private int pairs(int from, int to, float[] input, int at, long output) {
        int pairs = pairs() ? (to - from) / 2 : 0;
        if (pairs == 0) {
            return 0;
        }
        long first = weight.at((long) from * inFeatures());
        try (Scratch.Frame frame = Scratch.frame()) {
            long lanes = frame.floats(2L * pairs * Lanes.N);
            if (weight.type() == DataType.BF16) {
                PairDot.halves(first, pairs, input, at, inFeatures(), lanes);
            } else {
                PairDot.floats(first, pairs, input, at, inFeatures(), lanes);
            }
            FourDot.sum(2 * pairs, lanes, output);
        }
        return 2 * pairs;
    }

    /** Rows of float16 numbers that go by four. */
    private int smallFours(int from, int to, float[] input, int at, long output) {
        long first = weight.at((long) from * inFeatures());
        int quarter = fours() ? (to - from) / 4 : 0;
        if (quarter == 0 || !smallHalves.numbers(from, to, first, inFeatures())) {
            return 0;
        }
        try (Scratch.Frame frame = Scratch.frame()) {
            long lanes = frame.floats(4L * quarter * Lanes.N);
            FourDot.smallHalves(first, 2L * inFeatures(), quarter, input, at, inFeatures(), lanes);
            FourDot.sum(4 * quarter, lanes, output);
        }
        double unit = SmallHalves.unitOfSmall(input, at, inFeatures());
        for (int row = 0; row < 4 * quarter; row++) {
            Memory.setFloat(output + 4L * row, (float) (Memory.getFloat(output + 4L * row) * unit));
        }
        return 4 * quarter;
    }

    @Override
    Batch panel(int from, int to, Scratch.Frame frame) {
        if (weight.type() == DataType.F32) {
            return new Batch(weight.at((long) from * inFeatures()), inFeatures(), to - from, inFeatures());
        }
        return super.panel(from, to, frame);
    }

    @Override
    Packing packing(int from, int to, Scratch.Frame frame) {
        if (weight.type() == DataType.BF16) {
            return RightPanel.bf16ByColumns(weight.at((long) from * inFeatures()), 2L * inFeatures());
        }
        return super.packing(from, to, frame);
    }

    @Override
    void decodeRow(int row, long to) {
        weight.read((long) row * inFeatures(), inFeatures(), to);
    }
}
