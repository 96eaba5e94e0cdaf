package lathe.engine.kernels;

/**
 * Codes of the kept columns of a row put to their places among all columns by PDEP, with their group's zero point
 * everywhere else: a sparse row of codes becomes a dense one, whose loops it then takes.
 */
final class SparseSpread {
    private static final long EVERY_FOURTH = 0x1111111111111111L;
    private static final int SIXTEEN = 0xffff;
    /** Bytes that a step of {@link #nibbles} may read from where its first code lies. */
    private static final int STEP_BYTES = 48;

    private final int bits;
    private final int wide;
    /** Columns of a 64-bit word. */
    private final int together;
    /** The lowest bit of every field. */
    private final long lowest;
    private final long code;
    private final long codes;
    private final long end;

    /**
     * For the codes of a weight.
     *
     * @param bits  bits of a code
     * @param codes address of all codes, one after the other
     * @param bytes their memory
     */
    SparseSpread(int bits, long codes, long bytes) {
        this.bits = bits;
        this.wide = new PackedLayout(bits).wide();
        this.together = 64 / wide;
        this.lowest = Long.divideUnsigned(-1, (1L << wide) - 1);
        this.code = (1L << bits) - 1;
        this.codes = codes;
        this.end = codes + bytes;
    }

    /** The first number that no field can hold. */
    static int limit(int bits) {
        return 1 << new PackedLayout(bits).wide();
    }

    /**
     * The zero points of a row in the fields of all columns.
     *
     * @param zeros   zero points of the row's groups, integers below {@link #limit}
     * @param at      index of the first
     * @param columns how many
     * @param group   columns of a group
     * @param to      receives the fields, whole 64-bit words
     */
    void zeros(float[] zeros, int at, int columns, int group, long to) {
        int words = (columns + together - 1) / together;
        if (group % together == 0 || group >= columns) {
            int each = Math.min(words, group / together + (group % together == 0 ? 0 : 1));
            for (int word = 0, g = at; word < words; g++) {
                long fields = lowest * (int) zeros[g];
                for (int last = Math.min(words, word + each); word < last; word++) {
                    Memory.setLong(to + 8L * word, fields);
                }
            }
            return;
        }
        for (int word = 0; word < words; word++) {
            long fields = 0;
            for (int i = 0; i < together && word * together + i < columns; i++) {
                fields |= (long) zeros[at + (word * together + i) / group] << wide * i;
            }
            Memory.setLong(to + 8L * word, fields);
        }
    }

    /**
     * Spreads a row.
     *
     * @param kept    address of one bit a column, whole 64-bit words
     * @param columns how many
     * @param first   index of the row's first code
     * @param absent  address of the fields of columns that are not kept, see {@link #zeros}
     * @param to      receives the fields, whole 64-bit words
     */
    void spread(long kept, int columns, long first, long absent, long to) {
        int words = (columns + together - 1) / together;
        long bit = first * bits;
        int done = 0;
        if (together == 16 && bits == 4) {
            // Whatever the pattern, so many steps read within the memory.
            done = (int) Math.clamp((end - codes - (bit >>> 3) - STEP_BYTES) / 32, 0, words / 4);
            long start = codes + (bit >>> 3);
            bit = 4 * (nibbles(kept, done, start, (int) first & 1, absent, to) + (first & -2));
            done *= 4;
        }
        long some = together == 64 ? -1 : (1L << together) - 1;
        for (int i = done; i < words; i++) {
            int column = i * together;
            long present = Memory.getLong(kept + 8L * (column >>> 6)) >>> column & some;
            long fields = Long.expand(present, lowest) * code;
            long every = Long.expand(present, lowest) * ((1L << wide) - 1);
            int taken = Long.bitCount(present) * bits;
            long absentFields = Memory.getLong(absent + 8L * i) & ~every;
            Memory.setLong(to + 8L * i, Long.expand(word(bit, taken), fields) | absentFields);
            bit += taken;
        }
    }

    /**
     * The common width, 64 columns at a time. The body is written out: as long as it is, the compiler leaves this loop a
     * method of its own, whose variables stay in registers. Measured: 2.5 times as fast as a short one that was inlined.
     *
     * @param first index of the first code, counted from {@code codes}
     * @return index of the code after the last
     */
    private static int nibbles(long kept, int steps, long codes, int first, long absent, long to) {
        long from = Memory.known(codes);
        long maps = Memory.known(kept);
        long others = Memory.known(absent);
        long target = Memory.known(to);
        int at = first;
        for (int i = 0; i < steps; i++) {
            long present = Memory.getLong(maps + 8L * i);
            long a = present & SIXTEEN;
            long b = present >>> 16 & SIXTEEN;
            long c = present >>> 32 & SIXTEEN;
            long d = present >>> 48;
            int atB = at + Long.bitCount(a);
            int atC = atB + Long.bitCount(b);
            int atD = atC + Long.bitCount(c);
            int next = at + Long.bitCount(present);
            long wordA = a == SIXTEEN ? sixteen(codes, at) : Memory.getLong(from + (at >>> 1)) >>> (at << 2 & 4);
            long wordB = b == SIXTEEN ? sixteen(codes, atB) : Memory.getLong(from + (atB >>> 1)) >>> (atB << 2 & 4);
            long wordC = c == SIXTEEN ? sixteen(codes, atC) : Memory.getLong(from + (atC >>> 1)) >>> (atC << 2 & 4);
            long wordD = d == SIXTEEN ? sixteen(codes, atD) : Memory.getLong(from + (atD >>> 1)) >>> (atD << 2 & 4);
            long x = target + 32L * i;
            long z = others + 32L * i;
            long fieldsA = Long.expand(a, EVERY_FOURTH) * 15;
            Memory.setLong(x, Long.expand(wordA, fieldsA) | Memory.getLong(z) & ~fieldsA);
            long fieldsB = Long.expand(b, EVERY_FOURTH) * 15;
            Memory.setLong(x + 8, Long.expand(wordB, fieldsB) | Memory.getLong(z + 8) & ~fieldsB);
            long fieldsC = Long.expand(c, EVERY_FOURTH) * 15;
            Memory.setLong(x + 16, Long.expand(wordC, fieldsC) | Memory.getLong(z + 16) & ~fieldsC);
            long fieldsD = Long.expand(d, EVERY_FOURTH) * 15;
            Memory.setLong(x + 24, Long.expand(wordD, fieldsD) | Memory.getLong(z + 24) & ~fieldsD);
            at = next;
        }
        return at;
    }

    /** All of sixteen codes, which may begin within a byte. */
    private static long sixteen(long codes, int at) {
        long word = Memory.getLong(codes + (at >>> 1));
        return (at & 1) == 0 ? word : word >>> 4 | (long) Memory.getByte(codes + (at >>> 1) + 8) << 60;
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
