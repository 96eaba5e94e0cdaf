package lathe.engine.kernels;

/**
 * Codes of the kept columns of a row put to their places among all columns by PDEP, with the zero point everywhere else:
 * a sparse row of codes becomes a dense one, whose loops it then takes.
 */
final class SparseSpread {
    private final int bits;
    private final int wide;
    /** Columns of a 64-bit word. */
    private final int together;
    /** The lowest bit of every field. */
    private final long lowest;
    private final long code;
    private final long zeros;
    private final long codes;
    private final long end;

    /**
     * For the codes of a weight.
     *
     * @param bits  bits of a code
     * @param zero  zero point of all groups
     * @param codes address of all codes, one after the other
     * @param bytes their memory
     */
    SparseSpread(int bits, int zero, long codes, long bytes) {
        this.bits = bits;
        this.wide = new PackedLayout(bits).wide();
        this.together = 64 / wide;
        this.lowest = Long.divideUnsigned(-1, (1L << wide) - 1);
        this.code = (1L << bits) - 1;
        this.zeros = lowest * zero;
        this.codes = codes;
        this.end = codes + bytes;
    }

    /**
     * Spreads a row.
     *
     * @param kept    address of one bit a column, whole 64-bit words
     * @param columns how many
     * @param first   index of the row's first code
     * @param to      receives the fields, whole 64-bit words
     */
    void spread(long kept, int columns, long first, long to) {
        long bit = first * bits;
        int words = (columns + together - 1) / together;
        if (together == 16 && bits == 4) {
            nibbles(kept, words, bit, to);
            return;
        }
        long some = together == 64 ? -1 : (1L << together) - 1;
        for (int i = 0; i < words; i++) {
            int column = i * together;
            long present = Memory.getLong(kept + 8L * (column >>> 6)) >>> column & some;
            long fields = Long.expand(present, lowest) * code;
            int taken = Long.bitCount(present) * bits;
            Memory.setLong(to + 8L * i, Long.expand(word(bit, taken), fields) | zeros & ~fields);
            bit += taken;
        }
    }

    /** The common width with all that is constant known to the compiler. */
    private void nibbles(long kept, int words, long bit, long to) {
        long zero = zeros;
        long from = codes;
        // Up to here words of 64 bits can be read, whatever the pattern.
        int safe = (int) Math.clamp((end - 9 - from - (bit >>> 3)) / 8, 0, words);
        long at = bit;
        for (int i = 0; i < safe; i++) {
            long present = Memory.getShort(kept + 2L * i) & 0xffff;
            long low = Long.expand(present, 0x1111111111111111L);
            long fields = (low << 4) - low;
            int taken = 4 * Long.bitCount(present);
            int shift = (int) at & 4;
            long word = Memory.getLong(from + (at >>> 3)) >>> shift;
            if (shift + taken > 64) {
                word |= (long) Memory.getByte(from + (at >>> 3) + 8) << 64 - shift;
            }
            Memory.setLong(to + 8L * i, Long.expand(word, fields) | zero & ~fields);
            at += taken;
        }
        for (int i = safe; i < words; i++) {
            long present = Memory.getShort(kept + 2L * i) & 0xffff;
            long fields = Long.expand(present, lowest) * code;
            int taken = 4 * Long.bitCount(present);
            Memory.setLong(to + 8L * i, Long.expand(word(at, taken), fields) | zero & ~fields);
            at += taken;
        }
    }

    /** At least so many bits of the codes from a bit on. */
    private long word(long bit, int taken) {
        long at = codes + (bit >>> 3);
        int shift = (int) bit & 7;
        if (at + 9 > end) {
            return last(at, shift);
        }
        long word = Memory.getLong(at) >>> shift;
        return shift + taken > 64 ? word | (long) Memory.getByte(at + 8) << 64 - shift : word;
    }

    /** Where the memory ends. */
    private long last(long at, int shift) {
        long word = 0;
        for (int i = 0; i < 8 && at + i < end; i++) {
            word |= (long) Memory.getByte(at + i) << 8 * i;
        }
        word >>>= shift;
        return shift > 0 && at + 8 < end ? word | (long) Memory.getByte(at + 8) << 64 - shift : word;
    }
}
