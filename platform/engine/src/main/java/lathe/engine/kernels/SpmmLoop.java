package lathe.engine.kernels;

import static lathe.engine.kernels.Lanes.F;
import static lathe.engine.kernels.Lanes.N;

import jdk.incubator.vector.FloatVector;

/** The inner loops of a block-sparse product with many inputs: a block's rows times rows of the transposed input. */
final class SpmmLoop {
    /** Inputs at a time: eight vectors of sums, which fit the registers of every processor with lanes. */
    static final int WIDTH = 8 * N;

    private SpmmLoop() {}

    /**
     * Adds one row of a block.
     *
     * @param weights numbers of the weight
     * @param weight  index of the row's first
     * @param count   columns of the block
     * @param input   transposed inputs
     * @param at      index of the first number of the block's first column
     * @param sums    WIDTH sums
     * @param to      index of the first
     */
    static void addRow(float[] weights, int weight, int count, float[] input, int at, float[] sums, int to) {
        FloatVector a = FloatVector.fromArray(F, sums, to);
        FloatVector b = FloatVector.fromArray(F, sums, to + N);
        FloatVector c = FloatVector.fromArray(F, sums, to + 2 * N);
        FloatVector d = FloatVector.fromArray(F, sums, to + 3 * N);
        FloatVector e = FloatVector.fromArray(F, sums, to + 4 * N);
        FloatVector f = FloatVector.fromArray(F, sums, to + 5 * N);
        FloatVector g = FloatVector.fromArray(F, sums, to + 6 * N);
        FloatVector h = FloatVector.fromArray(F, sums, to + 7 * N);
        // Two columns a turn: with one, the compiler's own unrolling costs more turns before and after than there are.
        int i = 0;
        for (; i < count - 1; i += 2) {
            int x = at + WIDTH * i;
            FloatVector first = FloatVector.broadcast(F, weights[weight + i]);
            a = FloatVector.fromArray(F, input, x).fma(first, a);
            b = FloatVector.fromArray(F, input, x + N).fma(first, b);
            c = FloatVector.fromArray(F, input, x + 2 * N).fma(first, c);
            d = FloatVector.fromArray(F, input, x + 3 * N).fma(first, d);
            e = FloatVector.fromArray(F, input, x + 4 * N).fma(first, e);
            f = FloatVector.fromArray(F, input, x + 5 * N).fma(first, f);
            g = FloatVector.fromArray(F, input, x + 6 * N).fma(first, g);
            h = FloatVector.fromArray(F, input, x + 7 * N).fma(first, h);
            int y = x + WIDTH;
            FloatVector second = FloatVector.broadcast(F, weights[weight + i + 1]);
            a = FloatVector.fromArray(F, input, y).fma(second, a);
            b = FloatVector.fromArray(F, input, y + N).fma(second, b);
            c = FloatVector.fromArray(F, input, y + 2 * N).fma(second, c);
            d = FloatVector.fromArray(F, input, y + 3 * N).fma(second, d);
            e = FloatVector.fromArray(F, input, y + 4 * N).fma(second, e);
            f = FloatVector.fromArray(F, input, y + 5 * N).fma(second, f);
            g = FloatVector.fromArray(F, input, y + 6 * N).fma(second, g);
            h = FloatVector.fromArray(F, input, y + 7 * N).fma(second, h);
        }
        if (i < count) {
            int x = at + WIDTH * i;
            FloatVector last = FloatVector.broadcast(F, weights[weight + i]);
            a = FloatVector.fromArray(F, input, x).fma(last, a);
            b = FloatVector.fromArray(F, input, x + N).fma(last, b);
            c = FloatVector.fromArray(F, input, x + 2 * N).fma(last, c);
            d = FloatVector.fromArray(F, input, x + 3 * N).fma(last, d);
            e = FloatVector.fromArray(F, input, x + 4 * N).fma(last, e);
            f = FloatVector.fromArray(F, input, x + 5 * N).fma(last, f);
            g = FloatVector.fromArray(F, input, x + 6 * N).fma(last, g);
            h = FloatVector.fromArray(F, input, x + 7 * N).fma(last, h);
        }
        a.intoArray(sums, to);
        b.intoArray(sums, to + N);
        c.intoArray(sums, to + 2 * N);
        d.intoArray(sums, to + 3 * N);
        e.intoArray(sums, to + 4 * N);
        f.intoArray(sums, to + 5 * N);
        g.intoArray(sums, to + 6 * N);
        h.intoArray(sums, to + 7 * N);
    }

    /**
     * Adds four rows of a block for two vectors of inputs: six loads for eight products, where a row alone needs nine.
     *
     * @param weights numbers of the weight
     * @param weight  index of the first row's first; rows follow each other
     * @param count   columns of the block
     * @param input   transposed inputs
     * @param at      index of the first number of the block's first column
     * @param sums    rows of WIDTH sums
     * @param to      index of the first
     */
    static void addFourRows(float[] weights, int weight, int count, float[] input, int at, float[] sums, int to) {
        FloatVector a = FloatVector.fromArray(F, sums, to);
        FloatVector b = FloatVector.fromArray(F, sums, to + N);
        FloatVector c = FloatVector.fromArray(F, sums, to + WIDTH);
        FloatVector d = FloatVector.fromArray(F, sums, to + WIDTH + N);
        FloatVector e = FloatVector.fromArray(F, sums, to + 2 * WIDTH);
        FloatVector f = FloatVector.fromArray(F, sums, to + 2 * WIDTH + N);
        FloatVector g = FloatVector.fromArray(F, sums, to + 3 * WIDTH);
        FloatVector h = FloatVector.fromArray(F, sums, to + 3 * WIDTH + N);
        for (int i = 0; i < count; i++) {
            FloatVector x = FloatVector.fromArray(F, input, at + WIDTH * i);
            FloatVector y = FloatVector.fromArray(F, input, at + WIDTH * i + N);
            FloatVector first = FloatVector.broadcast(F, weights[weight + i]);
            a = x.fma(first, a);
            b = y.fma(first, b);
            FloatVector second = FloatVector.broadcast(F, weights[weight + count + i]);
            c = x.fma(second, c);
            d = y.fma(second, d);
            FloatVector third = FloatVector.broadcast(F, weights[weight + 2 * count + i]);
            e = x.fma(third, e);
            f = y.fma(third, f);
            FloatVector fourth = FloatVector.broadcast(F, weights[weight + 3 * count + i]);
            g = x.fma(fourth, g);
            h = y.fma(fourth, h);
        }
        a.intoArray(sums, to);
        b.intoArray(sums, to + N);
        c.intoArray(sums, to + WIDTH);
        d.intoArray(sums, to + WIDTH + N);
        e.intoArray(sums, to + 2 * WIDTH);
        f.intoArray(sums, to + 2 * WIDTH + N);
        g.intoArray(sums, to + 3 * WIDTH);
        h.intoArray(sums, to + 3 * WIDTH + N);
    }
}
