package lathe.engine.kernels;

import static lathe.engine.kernels.Lanes.BYTES;
import static lathe.engine.kernels.Lanes.F;
import static lathe.engine.kernels.Memory.ALL;

import java.nio.ByteOrder;

import jdk.incubator.vector.FloatVector;

/**
 * The inner loops of {@link BlockLanesProduct}: twelve vectors of sums, a row of the weight a lane, stay in registers
 * over all columns that some rows have. An increment that is a parameter keeps the compiler from unrolling: they would
 * be spilled.
 */
final class BlockLanesLoop {
    /** Inputs of a panel. */
    static final int INPUTS = 6;

    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private BlockLanesLoop() {}

    /**
     * Two vectors of rows times a panel: eight loads a column for twelve products.
     *
     * @param weights address of two vectors a column
     * @param places  address of the columns' places in a panel, in bytes
     * @param count   columns
     * @param one     1
     * @param input   address of the panel: a column of {@link #INPUTS} numbers after the other
     * @param output  address of the first input's sums
     * @param stride  bytes from one input's sums to the next
     */
    static void two(long weights, long places, int count, int one, long input, long output, long stride) {
        long from = Memory.known(weights);
        long at = Memory.known(places);
        FloatVector a = FloatVector.zero(F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        FloatVector e = a;
        FloatVector f = a;
        FloatVector g = a;
        FloatVector h = a;
        FloatVector i = a;
        FloatVector j = a;
        FloatVector k = a;
        FloatVector l = a;
        for (int turn = 0; turn < count; turn += one) {
            int column = turn & Integer.MAX_VALUE;
            long x = Memory.known(input + Memory.getInt(at + 4L * column));
            long y = from + 2L * BYTES * column;
            FloatVector v = FloatVector.fromMemorySegment(F, ALL, y, ORDER);
            FloatVector w = FloatVector.fromMemorySegment(F, ALL, y + BYTES, ORDER);
            FloatVector first = FloatVector.broadcast(F, Memory.getFloat(x));
            a = v.fma(first, a);
            b = w.fma(first, b);
            FloatVector second = FloatVector.broadcast(F, Memory.getFloat(x + 4));
            c = v.fma(second, c);
            d = w.fma(second, d);
            FloatVector third = FloatVector.broadcast(F, Memory.getFloat(x + 8));
            e = v.fma(third, e);
            f = w.fma(third, f);
            FloatVector fourth = FloatVector.broadcast(F, Memory.getFloat(x + 12));
            g = v.fma(fourth, g);
            h = w.fma(fourth, h);
            FloatVector fifth = FloatVector.broadcast(F, Memory.getFloat(x + 16));
            i = v.fma(fifth, i);
            j = w.fma(fifth, j);
            FloatVector sixth = FloatVector.broadcast(F, Memory.getFloat(x + 20));
            k = v.fma(sixth, k);
            l = w.fma(sixth, l);
        }
        long to = Memory.known(output);
        a.intoMemorySegment(ALL, to, ORDER);
        b.intoMemorySegment(ALL, to + BYTES, ORDER);
        to = Memory.known(output + stride);
        c.intoMemorySegment(ALL, to, ORDER);
        d.intoMemorySegment(ALL, to + BYTES, ORDER);
        to = Memory.known(output + 2 * stride);
        e.intoMemorySegment(ALL, to, ORDER);
        f.intoMemorySegment(ALL, to + BYTES, ORDER);
        to = Memory.known(output + 3 * stride);
        g.intoMemorySegment(ALL, to, ORDER);
        h.intoMemorySegment(ALL, to + BYTES, ORDER);
        to = Memory.known(output + 4 * stride);
        i.intoMemorySegment(ALL, to, ORDER);
        j.intoMemorySegment(ALL, to + BYTES, ORDER);
        to = Memory.known(output + 5 * stride);
        k.intoMemorySegment(ALL, to, ORDER);
        l.intoMemorySegment(ALL, to + BYTES, ORDER);
    }

    /**
     * One vector of rows times two panels.
     *
     * @param weights address of a vector a column
     * @param places  address of the columns' places in a panel, in bytes
     * @param count   columns
     * @param one     1
     * @param input   address of the first panel
     * @param other   address of the second
     * @param sums    receives a vector for each input of the first panel, then of the second
     */
    static void one(long weights, long places, int count, int one, long input, long other, long sums) {
        long from = Memory.known(weights);
        long at = Memory.known(places);
        FloatVector a = FloatVector.zero(F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        FloatVector e = a;
        FloatVector f = a;
        FloatVector g = a;
        FloatVector h = a;
        FloatVector i = a;
        FloatVector j = a;
        FloatVector k = a;
        FloatVector l = a;
        for (int turn = 0; turn < count; turn += one) {
            int column = turn & Integer.MAX_VALUE;
            int place = Memory.getInt(at + 4L * column);
            long x = Memory.known(input + place);
            long y = Memory.known(other + place);
            FloatVector v = FloatVector.fromMemorySegment(F, ALL, from + (long) BYTES * column, ORDER);
            a = v.fma(FloatVector.broadcast(F, Memory.getFloat(x)), a);
            b = v.fma(FloatVector.broadcast(F, Memory.getFloat(x + 4)), b);
            c = v.fma(FloatVector.broadcast(F, Memory.getFloat(x + 8)), c);
            d = v.fma(FloatVector.broadcast(F, Memory.getFloat(x + 12)), d);
            e = v.fma(FloatVector.broadcast(F, Memory.getFloat(x + 16)), e);
            f = v.fma(FloatVector.broadcast(F, Memory.getFloat(x + 20)), f);
            g = v.fma(FloatVector.broadcast(F, Memory.getFloat(y)), g);
            h = v.fma(FloatVector.broadcast(F, Memory.getFloat(y + 4)), h);
            i = v.fma(FloatVector.broadcast(F, Memory.getFloat(y + 8)), i);
            j = v.fma(FloatVector.broadcast(F, Memory.getFloat(y + 12)), j);
            k = v.fma(FloatVector.broadcast(F, Memory.getFloat(y + 16)), k);
            l = v.fma(FloatVector.broadcast(F, Memory.getFloat(y + 20)), l);
        }
        long to = Memory.known(sums);
        a.intoMemorySegment(ALL, to, ORDER);
        b.intoMemorySegment(ALL, to + BYTES, ORDER);
        c.intoMemorySegment(ALL, to + 2 * BYTES, ORDER);
        d.intoMemorySegment(ALL, to + 3 * BYTES, ORDER);
        e.intoMemorySegment(ALL, to + 4 * BYTES, ORDER);
        f.intoMemorySegment(ALL, to + 5 * BYTES, ORDER);
        g.intoMemorySegment(ALL, to + 6 * BYTES, ORDER);
        h.intoMemorySegment(ALL, to + 7 * BYTES, ORDER);
        i.intoMemorySegment(ALL, to + 8 * BYTES, ORDER);
        j.intoMemorySegment(ALL, to + 9 * BYTES, ORDER);
        k.intoMemorySegment(ALL, to + 10 * BYTES, ORDER);
        l.intoMemorySegment(ALL, to + 11 * BYTES, ORDER);
    }

    /**
     * Packs a panel.
     *
     * @param input  address of the first input
     * @param stride bytes from one input to the next
     * @param from   first column
     * @param to     column after the last
     * @param panel  address of the panel
     */
    static void pack(long input, long stride, int from, int to, long panel) {
        long x0 = Memory.known(input);
        long x1 = Memory.known(input + stride);
        long x2 = Memory.known(input + 2 * stride);
        long x3 = Memory.known(input + 3 * stride);
        long x4 = Memory.known(input + 4 * stride);
        long x5 = Memory.known(input + 5 * stride);
        long known = Memory.known(panel);
        for (int i = from; i < to; i++) {
            int column = i & Integer.MAX_VALUE;
            long at = known + 4L * INPUTS * column;
            Memory.setFloat(at, Memory.getFloat(x0 + 4L * column));
            Memory.setFloat(at + 4, Memory.getFloat(x1 + 4L * column));
            Memory.setFloat(at + 8, Memory.getFloat(x2 + 4L * column));
            Memory.setFloat(at + 12, Memory.getFloat(x3 + 4L * column));
            Memory.setFloat(at + 16, Memory.getFloat(x4 + 4L * column));
            Memory.setFloat(at + 20, Memory.getFloat(x5 + 4L * column));
        }
    }
}
