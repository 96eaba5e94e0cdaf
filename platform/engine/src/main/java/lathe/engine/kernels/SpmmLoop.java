package lathe.engine.kernels;

import jdk.incubator.vector.FloatVector;

/** The inner loop of a sparse product with many inputs. */
final class SpmmLoop {
    /** Inputs at a time: eight vectors of sums, which fit the registers of every processor with lanes. */
    static final int WIDTH = 8 * Lanes.N;

    private SpmmLoop() {}

    /**
     * Sums of weights times rows of the transposed input.
     *
     * @param weights numbers of rows of the weight
     * @param weight  index of the first
     * @param places  where the transposed input's row of each begins
     * @param place   index of the first
     * @param count   how many
     * @param input   transposed inputs
     * @param at      what is added to places
     * @param sums    receives WIDTH sums
     * @param to      index of the first
     */
    static void sum(float[] weights, int weight, int[] places, int place, int count, float[] input, int at,
            float[] sums, int to) {
        FloatVector a = FloatVector.zero(Lanes.F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        FloatVector e = a;
        FloatVector f = a;
        FloatVector g = a;
        FloatVector h = a;
        for (int i = 0; i < count; i++) {
            FloatVector factor = FloatVector.broadcast(Lanes.F, weights[weight + i]);
            int x = places[place + i] + at;
            a = FloatVector.fromArray(Lanes.F, input, x).fma(factor, a);
            b = FloatVector.fromArray(Lanes.F, input, x + Lanes.N).fma(factor, b);
            c = FloatVector.fromArray(Lanes.F, input, x + 2 * Lanes.N).fma(factor, c);
            d = FloatVector.fromArray(Lanes.F, input, x + 3 * Lanes.N).fma(factor, d);
            e = FloatVector.fromArray(Lanes.F, input, x + 4 * Lanes.N).fma(factor, e);
            f = FloatVector.fromArray(Lanes.F, input, x + 5 * Lanes.N).fma(factor, f);
            g = FloatVector.fromArray(Lanes.F, input, x + 6 * Lanes.N).fma(factor, g);
            h = FloatVector.fromArray(Lanes.F, input, x + 7 * Lanes.N).fma(factor, h);
        }
        a.intoArray(sums, to);
        b.intoArray(sums, to + Lanes.N);
        c.intoArray(sums, to + 2 * Lanes.N);
        d.intoArray(sums, to + 3 * Lanes.N);
        e.intoArray(sums, to + 4 * Lanes.N);
        f.intoArray(sums, to + 5 * Lanes.N);
        g.intoArray(sums, to + 6 * Lanes.N);
        h.intoArray(sums, to + 7 * Lanes.N);
    }
}
