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
    private final int group;
    private final long codes;
    private final long end;

    /**
     * For the codes of a weight.
     *
     * @param bits  bits of a code
     * @param group columns of a group
     * @param codes address of all codes, one after the other
     * @param bytes their memory
     */
    SparseSpread(int bits, int group, long codes, long bytes) {
        this.bits = bits;
        this.group = group;
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
        if (together == 16 && bits == 4 && (group % together == 0 || group >= columns)) {
            // Whatever the pattern, so many steps read within the memory.
            done = (int) Math.clamp((end - codes - (bit >>> 3) - STEP_BYTES) / 32, 0, words / 4);
            long start = codes + (bit >>> 3);
            bit = 4 * (nibbles(kept, done, start, (int) first & 1, absent, to, EVERY_FOURTH) + (first & -2));
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
     * The common width, 64 columns at a time, where the sixteen columns of a word have the same absent fields: these are
     * taken out of the codes before they are spread and brought in afterwards, everywhere. The body is written out: as
     * long as it is, the compiler leaves this loop a method of its own, whose variables stay in registers. What is done
     * for words that keep all sixteen is done for four at once: a branch at each would keep all of them waiting.
     *
     * @param first index of the first code, counted from {@code codes}
     * @param every {@link #EVERY_FOURTH}, which as a constant would be brought into a register every time
     * @return index of the code after the last
     */
    private static int nibbles(long kept, int steps, long codes, int first, long absent, long to, long every) {
        long from = Memory.known(codes);
        long maps = Memory.known(kept);
        long others = Memory.known(absent);
        long target = Memory.known(to);
        int at = first;
        for (int i = 0; i < steps; i++) {
            int step = i & Integer.MAX_VALUE;
            long map = maps + 8L * step;
            long x = target + 32L * step;
            long z = others + 32L * step;
            if (hasSixteen(Memory.getLong(map))) {
                at = dense(map, from, at, z, x);
                continue;
            }
            long a = Memory.getShort(map) & 0xffffL;
            long aOnes = Long.expand(a, every);
            long aZeros = Memory.getLong(z);
            long aCodes = Memory.getLong(from + (at >>> 1)) >>> (at << 2 & 4) ^ aZeros;
            Memory.setLong(x, Long.expand(aCodes, (aOnes << 4) - aOnes) ^ aZeros);
            at += Long.bitCount(a);
            long b = Memory.getShort(map + 2) & 0xffffL;
            long bOnes = Long.expand(b, every);
            long bZeros = Memory.getLong(z + 8);
            long bCodes = Memory.getLong(from + (at >>> 1)) >>> (at << 2 & 4) ^ bZeros;
            Memory.setLong(x + 8, Long.expand(bCodes, (bOnes << 4) - bOnes) ^ bZeros);
            at += Long.bitCount(b);
            long c = Memory.getShort(map + 4) & 0xffffL;
            long cOnes = Long.expand(c, every);
            long cZeros = Memory.getLong(z + 16);
            long cCodes = Memory.getLong(from + (at >>> 1)) >>> (at << 2 & 4) ^ cZeros;
            Memory.setLong(x + 16, Long.expand(cCodes, (cOnes << 4) - cOnes) ^ cZeros);
            at += Long.bitCount(c);
            long d = Memory.getShort(map + 6) & 0xffffL;
            long dOnes = Long.expand(d, every);
            long dZeros = Memory.getLong(z + 24);
            long dCodes = Memory.getLong(from + (at >>> 1)) >>> (at << 2 & 4) ^ dZeros;
            Memory.setLong(x + 24, Long.expand(dCodes, (dOnes << 4) - dOnes) ^ dZeros);
            at += Long.bitCount(d);
        }
        return at;
    }

    /** Whether one of four words of sixteen bits has them all. */
    private static boolean hasSixteen(long bits) {
        return (~bits - 0x0001000100010001L & bits & 0x8000800080008000L) != 0;
    }

    /** One step of {@link #nibbles} whatever the pattern. */
    private static int dense(long map, long codes, int first, long absent, long to) {
        int at = first;
        for (int i = 0; i < 4; i++) {
            long present = Memory.getShort(map + 2L * i) & SIXTEEN;
            long fields = Long.expand(present, EVERY_FOURTH) * 15;
            long word = present == SIXTEEN
                    ? sixteen(codes, at)
                    : Memory.getLong(codes + (at >>> 1)) >>> (at << 2 & 4);
            Memory.setLong(to + 8L * i, Long.expand(word, fields) | Memory.getLong(absent + 8L * i) & ~fields);
            at += Long.bitCount(present);
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
