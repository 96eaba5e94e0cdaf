package lathe.engine.kernels;

import java.util.Arrays;

/**
 * How codes lie in 32-bit words: every word is cut into pieces, each a code or the part of a code that reaches into the
 * word. A piece is masked where it lies and turned into a float; what its place multiplies it by is divided out of the
 * input beforehand, which is exact. The pattern repeats after a period of words: 1 for 1, 2, 4 and 8 bits, 3 for 3 and 6,
 * 5 and 7 for those.
 *
 * <p>Pieces go in passes of eight, the last pass of four if that is enough. The piece with the word's topmost bit comes
 * last, from the word shifted down by eight, since integers are signed.
 */
final class PackedLayout {
    /** Distance by which words are shifted for their last piece. */
    static final int TOP_SHIFT = 8;

    private final int bits;
    private final int period;
    private final int slots;
    private final int[] masks;
    private final int[] columns;
    private final float[] factors;

    /**
     * The pattern of a width.
     *
     * @param bits bits of a code, 1 to 8
     */
    PackedLayout(int bits) {
        this.bits = bits;
        this.period = bits / Integer.highestOneBit(Integer.lowestOneBit(bits));
        int most = 0;
        for (int word = 0; word < period; word++) {
            most = Math.max(most, lastCode(word) - firstCode(word) + 1);
        }
        this.slots = (most + 3) / 4 * 4;
        this.masks = new int[period * slots];
        this.columns = new int[period * slots];
        this.factors = new float[period * slots];
        for (int word = 0; word < period; word++) {
            fill(word);
        }
    }

    private int firstCode(int word) {
        return 32 * word / bits;
    }

    private int lastCode(int word) {
        return (32 * word + 31) / bits;
    }

    private void fill(int word) {
        int slot = word * slots;
        Arrays.fill(columns, slot, slot + slots, firstCode(word));
        for (int code = firstCode(word); code <= lastCode(word); code++) {
            int from = Math.max(code * bits, 32 * word) - 32 * word;
            int to = Math.min((code + 1) * bits, 32 * word + 32) - 32 * word;
            int missing = Math.max(0, 32 * word - code * bits);
            boolean top = to == 32;
            int at = top ? word * slots + slots - 1 : slot++;
            int shift = top ? from - TOP_SHIFT : from;
            masks[at] = (1 << to - from) - 1 << shift;
            columns[at] = code;
            factors[at] = Math.scalb(1f, missing - shift);
        }
    }

    /** Words after which the pattern repeats. */
    int period() {
        return period;
    }

    /** Columns of a period. */
    int periodColumns() {
        return 32 * period / bits;
    }

    /** Pieces of a word, a multiple of four; the last one is of the shifted word. */
    int slots() {
        return slots;
    }

    /** Bits of a piece. */
    int mask(int word, int slot) {
        return masks[word % period * slots + slot];
    }

    /** Column of a piece. */
    int column(int word, int slot) {
        return word / period * periodColumns() + columns[word % period * slots + slot];
    }

    /** What the input of a piece is multiplied by, 0 where a slot is empty. */
    float factor(int word, int slot) {
        return factors[word % period * slots + slot];
    }
}
