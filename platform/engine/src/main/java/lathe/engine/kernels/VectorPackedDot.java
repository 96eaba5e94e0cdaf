package lathe.engine.kernels;

import static lathe.engine.kernels.Lanes.BYTES;
import static lathe.engine.kernels.Lanes.F;
import static lathe.engine.kernels.Lanes.I;
import static lathe.engine.kernels.Lanes.N;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Packed codes in lanes: a vector of words gives a vector of codes by one AND and one conversion, the lanes' columns lie
 * apart and the input is arranged accordingly. Bound by three instructions a code vector, or by memory.
 *
 * <p>The input comes from a Java array: loads of it need no bounds checks, which in this loop cost more than the loads.
 * Bodies stay at eight pieces, since the compiler gives up inlining vector operations in larger ones.
 */
final class VectorPackedDot implements PackedDot {
    private final int bits;
    private final int columns;
    private final int group;
    private final int groups;
    private final PackedLayout layout;
    /** Whole vectors of words. */
    private final int vectors;
    /** Columns that they hold. */
    private final int covered;
    private final int wordsPerGroup;
    private final boolean broadcast;
    private final int[] masks;

    private VectorPackedDot(int bits, int columns, int group) {
        this.bits = bits;
        this.columns = columns;
        this.group = group;
        this.groups = (columns + group - 1) / group;
        this.layout = new PackedLayout(bits);
        int block = N * layout.period();
        int blocks = columns / (block / layout.period() * layout.periodColumns());
        this.vectors = blocks * layout.period();
        this.covered = blocks * N * layout.periodColumns();
        this.wordsPerGroup = groups == 1 ? Math.max(1, vectors * N) : group * bits / 32;
        this.broadcast = layout.period() == 1 && wordsPerGroup % N == 0;
        this.masks = new int[layout.period() * layout.slots() * N];
        for (int vector = 0; vector < layout.period(); vector++) {
            for (int slot = 0; slot < layout.slots(); slot++) {
                for (int lane = 0; lane < N; lane++) {
                    masks[(vector * layout.slots() + slot) * N + lane] = layout.mask(vector * N + lane, slot);
                }
            }
        }
    }

    /** Whether every word belongs to one group, so that lanes can be scaled. */
    private static boolean fits(int bits, int columns, int group) {
        return group >= columns || group * bits % 32 == 0;
    }

    /** The product for a width and a group size: the scalar one where groups end within words. */
    static PackedDot of(int bits, int columns, int group) {
        return fits(bits, columns, group)
                ? new VectorPackedDot(bits, columns, group)
                : new ScalarPackedDot(bits, columns, group);
    }

    @Override
    public int arrangedSize() {
        return vectors * N * layout.slots() + columns - covered + groups;
    }

    @Override
    public int scaleSpace() {
        return broadcast ? 0 : vectors * N + N;
    }

    /** Pass by pass, vector by vector, piece by piece; then the columns beyond the vectors, then sums of the groups. */
    @Override
    public void arrange(long input, float[] to, int at) {
        int next = at;
        for (int pass = 0; pass < layout.slots(); pass += 8) {
            int end = Math.min(layout.slots(), pass + 8);
            for (int vector = 0; vector < vectors; vector++) {
                for (int slot = pass; slot < end; slot++) {
                    for (int word = vector * N; word < vector * N + N; word++) {
                        to[next++] = Memory.getFloat(input + 4L * layout.column(word, slot))
                                * layout.factor(word, slot);
                    }
                }
            }
        }
        for (int column = covered; column < columns; column++) {
            to[next++] = Memory.getFloat(input + 4L * column);
        }
        for (int from = 0; from < columns; from += group) {
            double sum = 0;
            for (int column = from; column < Math.min(columns, from + group); column++) {
                sum += Memory.getFloat(input + 4L * column);
            }
            to[next++] = (float) sum;
        }
    }

    @Override
    public float dot(long codes, float[] input, int at, float[] scales, float[] zeros) {
        int spread = 0;
        if (!broadcast) {
            spread = groups;
            spread(scales);
        }
        float sum = 0;
        int next = at;
        for (int pass = 0; pass < layout.slots(); pass += 8) {
            int shift = pass + 8 >= layout.slots() ? PackedLayout.TOP_SHIFT : 0;
            boolean eight = layout.slots() - pass >= 8;
            if (broadcast && groups == 1) {
                sum += scales[0] * (eight
                        ? eightUnscaled(codes, vectors, shift, masks, pass * N, input, next)
                        : fourUnscaled(codes, vectors, shift, masks, pass * N, input, next));
            } else if (broadcast) {
                int perGroup = wordsPerGroup / N;
                sum += eight
                        ? eightGrouped(codes, vectors, perGroup, shift, masks, pass * N, input, next, scales)
                        : fourGrouped(codes, vectors, perGroup, shift, masks, pass * N, input, next, scales);
            } else {
                int period = layout.period();
                int step = layout.slots() * N;
                sum += eight
                        ? eightSpread(codes, vectors, shift, masks, pass * N, step, period, input, next, scales, spread)
                        : fourSpread(codes, vectors, shift, masks, pass * N, step, period, input, next, scales, spread);
            }
            next += vectors * N * (eight ? 8 : 4);
        }
        for (int column = covered; column < columns; column++) {
            sum += scales[column / group] * (ScalarRowMath.code(codes, column, bits) * input[next++]);
        }
        float offset = 0;
        for (int g = 0; g < groups; g++) {
            offset += scales[g] * (zeros[g] * input[next + g]);
        }
        return sum - offset;
    }

    /** The scale of every word, after the scales of the groups. Stores reach into the next group, which follows. */
    private void spread(float[] scales) {
        int words = vectors * N;
        for (int g = 0, word = 0; word < words; g++) {
            FloatVector scale = FloatVector.broadcast(F, scales[g]);
            int end = Math.min(words, word + wordsPerGroup);
            for (; word < end; word += N) {
                scale.intoArray(scales, groups + word);
            }
            word = end;
        }
    }

    private static FloatVector piece(IntVector word, int[] masks, int mask, float[] input, int at, FloatVector sum) {
        return ((FloatVector) word.and(IntVector.fromArray(I, masks, mask)).convert(VectorOperators.I2F, 0))
                .fma(FloatVector.fromArray(F, input, at), sum);
    }

    private static FloatVector piece(IntVector word, IntVector mask, float[] input, int at, FloatVector sum) {
        return ((FloatVector) word.and(mask).convert(VectorOperators.I2F, 0))
                .fma(FloatVector.fromArray(F, input, at), sum);
    }

    private static float eightUnscaled(long codes, int vectors, int shift, int[] masks, int mask, float[] input,
            int at) {
        IntVector m0 = IntVector.fromArray(I, masks, mask);
        IntVector m1 = IntVector.fromArray(I, masks, mask + N);
        IntVector m2 = IntVector.fromArray(I, masks, mask + 2 * N);
        IntVector m3 = IntVector.fromArray(I, masks, mask + 3 * N);
        IntVector m4 = IntVector.fromArray(I, masks, mask + 4 * N);
        IntVector m5 = IntVector.fromArray(I, masks, mask + 5 * N);
        IntVector m6 = IntVector.fromArray(I, masks, mask + 6 * N);
        IntVector m7 = IntVector.fromArray(I, masks, mask + 7 * N);
        FloatVector a = FloatVector.zero(F);
        FloatVector b = a;
        for (int v = 0; v < vectors; v++) {
            IntVector word = Lanes.ints(codes + (long) BYTES * v);
            int x = at + 8 * N * v;
            a = piece(word, m0, input, x, a);
            b = piece(word, m1, input, x + N, b);
            a = piece(word, m2, input, x + 2 * N, a);
            b = piece(word, m3, input, x + 3 * N, b);
            a = piece(word, m4, input, x + 4 * N, a);
            b = piece(word, m5, input, x + 5 * N, b);
            a = piece(word, m6, input, x + 6 * N, a);
            b = piece(word.lanewise(VectorOperators.LSHR, shift), m7, input, x + 7 * N, b);
        }
        return Lanes.sum(a.add(b));
    }

    private static float fourUnscaled(long codes, int vectors, int shift, int[] masks, int mask, float[] input,
            int at) {
        IntVector m0 = IntVector.fromArray(I, masks, mask);
        IntVector m1 = IntVector.fromArray(I, masks, mask + N);
        IntVector m2 = IntVector.fromArray(I, masks, mask + 2 * N);
        IntVector m3 = IntVector.fromArray(I, masks, mask + 3 * N);
        FloatVector a = FloatVector.zero(F);
        FloatVector b = a;
        for (int v = 0; v < vectors; v++) {
            IntVector word = Lanes.ints(codes + (long) BYTES * v);
            int x = at + 4 * N * v;
            a = piece(word, m0, input, x, a);
            b = piece(word, m1, input, x + N, b);
            a = piece(word, m2, input, x + 2 * N, a);
            b = piece(word.lanewise(VectorOperators.LSHR, shift), m3, input, x + 3 * N, b);
        }
        return Lanes.sum(a.add(b));
    }

    private static float eightGrouped(long codes, int vectors, int perGroup, int shift, int[] masks, int mask,
            float[] input, int at, float[] scales) {
        IntVector m0 = IntVector.fromArray(I, masks, mask);
        IntVector m1 = IntVector.fromArray(I, masks, mask + N);
        IntVector m2 = IntVector.fromArray(I, masks, mask + 2 * N);
        IntVector m3 = IntVector.fromArray(I, masks, mask + 3 * N);
        IntVector m4 = IntVector.fromArray(I, masks, mask + 4 * N);
        IntVector m5 = IntVector.fromArray(I, masks, mask + 5 * N);
        IntVector m6 = IntVector.fromArray(I, masks, mask + 6 * N);
        IntVector m7 = IntVector.fromArray(I, masks, mask + 7 * N);
        FloatVector sum = FloatVector.zero(F);
        int left = perGroup;
        int group = 0;
        for (int v = 0; v < vectors; v++) {
            IntVector word = Lanes.ints(codes + (long) BYTES * v);
            int x = at + 8 * N * v;
            FloatVector a = piece(word, m0, input, x, FloatVector.zero(F));
            FloatVector b = piece(word, m1, input, x + N, FloatVector.zero(F));
            a = piece(word, m2, input, x + 2 * N, a);
            b = piece(word, m3, input, x + 3 * N, b);
            a = piece(word, m4, input, x + 4 * N, a);
            b = piece(word, m5, input, x + 5 * N, b);
            a = piece(word, m6, input, x + 6 * N, a);
            b = piece(word.lanewise(VectorOperators.LSHR, shift), m7, input, x + 7 * N, b);
            sum = a.add(b).fma(FloatVector.broadcast(F, scales[group]), sum);
            if (--left == 0) {
                left = perGroup;
                group++;
            }
        }
        return Lanes.sum(sum);
    }

    private static float fourGrouped(long codes, int vectors, int perGroup, int shift, int[] masks, int mask,
            float[] input, int at, float[] scales) {
        IntVector m0 = IntVector.fromArray(I, masks, mask);
        IntVector m1 = IntVector.fromArray(I, masks, mask + N);
        IntVector m2 = IntVector.fromArray(I, masks, mask + 2 * N);
        IntVector m3 = IntVector.fromArray(I, masks, mask + 3 * N);
        FloatVector sum = FloatVector.zero(F);
        int left = perGroup;
        int group = 0;
        for (int v = 0; v < vectors; v++) {
            IntVector word = Lanes.ints(codes + (long) BYTES * v);
            int x = at + 4 * N * v;
            FloatVector a = piece(word, m0, input, x, FloatVector.zero(F));
            FloatVector b = piece(word, m1, input, x + N, FloatVector.zero(F));
            a = piece(word, m2, input, x + 2 * N, a);
            b = piece(word.lanewise(VectorOperators.LSHR, shift), m3, input, x + 3 * N, b);
            sum = a.add(b).fma(FloatVector.broadcast(F, scales[group]), sum);
            if (--left == 0) {
                left = perGroup;
                group++;
            }
        }
        return Lanes.sum(sum);
    }

    private static float eightSpread(long codes, int vectors, int shift, int[] masks, int mask, int step, int period,
            float[] input, int at, float[] scales, int spread) {
        FloatVector sum = FloatVector.zero(F);
        int phase = 0;
        for (int v = 0; v < vectors; v++) {
            IntVector word = Lanes.ints(codes + (long) BYTES * v);
            int x = at + 8 * N * v;
            int m = mask + phase * step;
            phase = phase + 1 == period ? 0 : phase + 1;
            FloatVector a = piece(word, masks, m, input, x, FloatVector.zero(F));
            FloatVector b = piece(word, masks, m + N, input, x + N, FloatVector.zero(F));
            a = piece(word, masks, m + 2 * N, input, x + 2 * N, a);
            b = piece(word, masks, m + 3 * N, input, x + 3 * N, b);
            a = piece(word, masks, m + 4 * N, input, x + 4 * N, a);
            b = piece(word, masks, m + 5 * N, input, x + 5 * N, b);
            a = piece(word, masks, m + 6 * N, input, x + 6 * N, a);
            b = piece(word.lanewise(VectorOperators.LSHR, shift), masks, m + 7 * N, input, x + 7 * N, b);
            sum = a.add(b).fma(FloatVector.fromArray(F, scales, spread + N * v), sum);
        }
        return Lanes.sum(sum);
    }

    private static float fourSpread(long codes, int vectors, int shift, int[] masks, int mask, int step, int period,
            float[] input, int at, float[] scales, int spread) {
        FloatVector sum = FloatVector.zero(F);
        int phase = 0;
        for (int v = 0; v < vectors; v++) {
            IntVector word = Lanes.ints(codes + (long) BYTES * v);
            int x = at + 4 * N * v;
            int m = mask + phase * step;
            phase = phase + 1 == period ? 0 : phase + 1;
            FloatVector a = piece(word, masks, m, input, x, FloatVector.zero(F));
            FloatVector b = piece(word, masks, m + N, input, x + N, FloatVector.zero(F));
            a = piece(word, masks, m + 2 * N, input, x + 2 * N, a);
            b = piece(word.lanewise(VectorOperators.LSHR, shift), masks, m + 3 * N, input, x + 3 * N, b);
            sum = a.add(b).fma(FloatVector.fromArray(F, scales, spread + N * v), sum);
        }
        return Lanes.sum(sum);
    }
}
