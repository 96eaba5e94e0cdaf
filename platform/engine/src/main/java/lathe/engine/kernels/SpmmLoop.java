package lathe.engine.kernels;

import static lathe.engine.kernels.Lanes.BYTES;
import static lathe.engine.kernels.Lanes.F;
import static lathe.engine.kernels.Lanes.N;
import static lathe.engine.kernels.Memory.ALL;

import java.nio.ByteOrder;

import jdk.incubator.vector.FloatVector;

/**
 * The inner loops of a block-sparse product with many inputs: a block's rows times rows of the transposed input. Inputs
 * and sums lie outside the Java heap, where they can be aligned: vectors of an array begin within cache lines, half of
 * them end in the next, and above all their stores then take as long as many additions.
 */
final class SpmmLoop {
    /** Inputs at a time: eight vectors of sums, which fit the registers of every processor with lanes. */
    static final int WIDTH = 8 * N;

    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private SpmmLoop() {}

    /**
     * Adds one row of a block.
     *
     * @param weights numbers of the weight
     * @param weight  index of the row's first
     * @param count   columns of the block
     * @param input   address of the transposed inputs of the block's first column
     * @param sums    address of WIDTH sums
     */
    static void addRow(float[] weights, int weight, int count, long input, long sums) {
        long from = Memory.known(input);
        long to = Memory.known(sums);
        FloatVector a = FloatVector.fromMemorySegment(F, ALL, to, ORDER);
        FloatVector b = FloatVector.fromMemorySegment(F, ALL, to + BYTES, ORDER);
        FloatVector c = FloatVector.fromMemorySegment(F, ALL, to + 2 * BYTES, ORDER);
        FloatVector d = FloatVector.fromMemorySegment(F, ALL, to + 3 * BYTES, ORDER);
        FloatVector e = FloatVector.fromMemorySegment(F, ALL, to + 4 * BYTES, ORDER);
        FloatVector f = FloatVector.fromMemorySegment(F, ALL, to + 5 * BYTES, ORDER);
        FloatVector g = FloatVector.fromMemorySegment(F, ALL, to + 6 * BYTES, ORDER);
        FloatVector h = FloatVector.fromMemorySegment(F, ALL, to + 7 * BYTES, ORDER);
        // Two columns a turn: with one, the compiler's own unrolling costs more turns before and after than there are.
        int i = 0;
        for (; i < count - 1; i += 2) {
            long x = from + 4L * WIDTH * i;
            FloatVector first = FloatVector.broadcast(F, weights[weight + i]);
            a = FloatVector.fromMemorySegment(F, ALL, x, ORDER).fma(first, a);
            b = FloatVector.fromMemorySegment(F, ALL, x + BYTES, ORDER).fma(first, b);
            c = FloatVector.fromMemorySegment(F, ALL, x + 2 * BYTES, ORDER).fma(first, c);
            d = FloatVector.fromMemorySegment(F, ALL, x + 3 * BYTES, ORDER).fma(first, d);
            e = FloatVector.fromMemorySegment(F, ALL, x + 4 * BYTES, ORDER).fma(first, e);
            f = FloatVector.fromMemorySegment(F, ALL, x + 5 * BYTES, ORDER).fma(first, f);
            g = FloatVector.fromMemorySegment(F, ALL, x + 6 * BYTES, ORDER).fma(first, g);
            h = FloatVector.fromMemorySegment(F, ALL, x + 7 * BYTES, ORDER).fma(first, h);
            long y = x + 4 * WIDTH;
            FloatVector second = FloatVector.broadcast(F, weights[weight + i + 1]);
            a = FloatVector.fromMemorySegment(F, ALL, y, ORDER).fma(second, a);
            b = FloatVector.fromMemorySegment(F, ALL, y + BYTES, ORDER).fma(second, b);
            c = FloatVector.fromMemorySegment(F, ALL, y + 2 * BYTES, ORDER).fma(second, c);
            d = FloatVector.fromMemorySegment(F, ALL, y + 3 * BYTES, ORDER).fma(second, d);
            e = FloatVector.fromMemorySegment(F, ALL, y + 4 * BYTES, ORDER).fma(second, e);
            f = FloatVector.fromMemorySegment(F, ALL, y + 5 * BYTES, ORDER).fma(second, f);
            g = FloatVector.fromMemorySegment(F, ALL, y + 6 * BYTES, ORDER).fma(second, g);
            h = FloatVector.fromMemorySegment(F, ALL, y + 7 * BYTES, ORDER).fma(second, h);
        }
        if (i < count) {
            long x = from + 4L * WIDTH * i;
            FloatVector last = FloatVector.broadcast(F, weights[weight + i]);
            a = FloatVector.fromMemorySegment(F, ALL, x, ORDER).fma(last, a);
            b = FloatVector.fromMemorySegment(F, ALL, x + BYTES, ORDER).fma(last, b);
            c = FloatVector.fromMemorySegment(F, ALL, x + 2 * BYTES, ORDER).fma(last, c);
            d = FloatVector.fromMemorySegment(F, ALL, x + 3 * BYTES, ORDER).fma(last, d);
            e = FloatVector.fromMemorySegment(F, ALL, x + 4 * BYTES, ORDER).fma(last, e);
            f = FloatVector.fromMemorySegment(F, ALL, x + 5 * BYTES, ORDER).fma(last, f);
            g = FloatVector.fromMemorySegment(F, ALL, x + 6 * BYTES, ORDER).fma(last, g);
            h = FloatVector.fromMemorySegment(F, ALL, x + 7 * BYTES, ORDER).fma(last, h);
        }
        a.intoMemorySegment(ALL, to, ORDER);
        b.intoMemorySegment(ALL, to + BYTES, ORDER);
        c.intoMemorySegment(ALL, to + 2 * BYTES, ORDER);
        d.intoMemorySegment(ALL, to + 3 * BYTES, ORDER);
        e.intoMemorySegment(ALL, to + 4 * BYTES, ORDER);
        f.intoMemorySegment(ALL, to + 5 * BYTES, ORDER);
        g.intoMemorySegment(ALL, to + 6 * BYTES, ORDER);
        h.intoMemorySegment(ALL, to + 7 * BYTES, ORDER);
    }

    /**
     * Adds four rows of a block for two vectors of inputs: six loads for eight products, where a row alone needs nine.
     *
     * @param weights numbers of the weight
     * @param weight  index of the first row's first; rows follow each other
     * @param count   columns of the block
     * @param input   address of the transposed inputs of the block's first column
     * @param sums    address of rows of WIDTH sums
     */
    static void addFourRows(float[] weights, int weight, int count, long input, long sums) {
        long from = Memory.known(input);
        long to = Memory.known(sums);
        FloatVector a = FloatVector.fromMemorySegment(F, ALL, to, ORDER);
        FloatVector b = FloatVector.fromMemorySegment(F, ALL, to + BYTES, ORDER);
        FloatVector c = FloatVector.fromMemorySegment(F, ALL, to + 4 * WIDTH, ORDER);
        FloatVector d = FloatVector.fromMemorySegment(F, ALL, to + 4 * WIDTH + BYTES, ORDER);
        FloatVector e = FloatVector.fromMemorySegment(F, ALL, to + 8 * WIDTH, ORDER);
        FloatVector f = FloatVector.fromMemorySegment(F, ALL, to + 8 * WIDTH + BYTES, ORDER);
        FloatVector g = FloatVector.fromMemorySegment(F, ALL, to + 12 * WIDTH, ORDER);
        FloatVector h = FloatVector.fromMemorySegment(F, ALL, to + 12 * WIDTH + BYTES, ORDER);
        for (int i = 0; i < count; i++) {
            FloatVector x = FloatVector.fromMemorySegment(F, ALL, from + 4L * WIDTH * i, ORDER);
            FloatVector y = FloatVector.fromMemorySegment(F, ALL, from + 4L * WIDTH * i + BYTES, ORDER);
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
        a.intoMemorySegment(ALL, to, ORDER);
        b.intoMemorySegment(ALL, to + BYTES, ORDER);
        c.intoMemorySegment(ALL, to + 4 * WIDTH, ORDER);
        d.intoMemorySegment(ALL, to + 4 * WIDTH + BYTES, ORDER);
        e.intoMemorySegment(ALL, to + 8 * WIDTH, ORDER);
        f.intoMemorySegment(ALL, to + 8 * WIDTH + BYTES, ORDER);
        g.intoMemorySegment(ALL, to + 12 * WIDTH, ORDER);
        h.intoMemorySegment(ALL, to + 12 * WIDTH + BYTES, ORDER);
    }
}
