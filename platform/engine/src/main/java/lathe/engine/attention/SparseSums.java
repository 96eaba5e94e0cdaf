package lathe.engine.attention;

import java.util.function.Consumer;

import jdk.incubator.vector.FloatVector;

import lathe.engine.kernels.Lanes;
import lathe.engine.kernels.Memory;
import lathe.engine.kernels.RowMath;
import lathe.engine.kernels.Scratch;
import lathe.spi.kv.StoredBlock.SparseRows;
import lathe.spi.tensor.DataType;

/** Single numbers that are added, in products: those of a tile of tokens follow each other and are read once, in order. */
final class SparseSums implements PackedRows.Addend {
    /** So many entries are read before they are added. */
    private static final int MANY = 512;
    /**
     * Sums of a token or channel to which entries go in turn. Neighbours often have the same token or channel, and a
     * processor that has read a sum before the entry just before has written it begins anew: 60 cycles an entry.
     */
    private static final int COPIES = 4;
    /** Distances in bytes: the compiler must know that they are not negative to leave out bounds checks. */
    private static final long OFFSETS = (1L << 34) - 1;
    /** Four times what is left of a place without its channel. */
    private static final int TOKENS = -4;

    private final RowMath math;
    private final int width;
    private final long starts;
    private final int first;
    private final int stride;
    private final int piece;
    private final int bits;
    private final long places;
    private final boolean small;
    private final long values;
    private final boolean half;

    SparseSums(SparseRows numbers, int width, RowMath math) {
        this.math = math;
        this.width = width;
        this.starts = Memory.address(numbers.starts());
        this.first = numbers.first();
        this.stride = numbers.stride();
        this.piece = numbers.piece();
        this.bits = numbers.channelBits();
        boolean any = numbers.places().elements() > 0;
        this.places = any ? Memory.address(numbers.places()) : 0;
        this.small = numbers.places().type() == DataType.U16;
        this.values = any ? Memory.address(numbers.values()) : 0;
        this.half = numbers.values().type() == DataType.F16;
    }

    /**
     * Some entries.
     *
     * @param places where their places are
     * @param small  whether in 16 bits
     * @param values where their values are, as floats
     * @param count  how many
     * @param begin  where the tokens of their places begin, counted from the first that is asked for
     */
    private record Entries(long places, boolean small, long values, int count, int begin) {}

    /** Entries of tokens [token, token + count), piece by piece. */
    private void forEach(int token, int count, Consumer<Entries> visitor) {
        try (Scratch.Frame frame = Scratch.frame()) {
            long wide = frame.floats(half ? MANY : 0);
            for (int p = token / piece; p * piece < token + count; p++) {
                long row = starts + 4L * (first + (long) stride * p);
                int from = Memory.getInt(row);
                int to = Memory.getInt(row + 4);
                int begin = p * piece;
                if (begin < token) {
                    from = firstAtLeast(from, to, token - begin << bits);
                }
                if (begin + piece > token + count) {
                    to = firstAtLeast(from, to, token + count - begin << bits);
                }
                for (int at = from; at < to; at += MANY) {
                    int some = Math.min(to - at, MANY);
                    visitor.accept(new Entries(places(at), small, values(at, some, wide), some, begin - token));
                }
            }
        }
    }

    private int firstAtLeast(int from, int to, int place) {
        int low = from;
        int high = to;
        while (low < high) {
            int middle = low + high >>> 1;
            if (place(middle) < place) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private int place(int entry) {
        return small ? Memory.getShort(places + 2L * entry) & 0xffff : Memory.getInt(places + 4L * entry);
    }

    /** Where the places of entries lie; those of 16 bits and of 32 are read where they are. */
    private long places(int entry) {
        return places + (small ? 2L : 4L) * entry;
    }

    /** Values of entries as floats, in place or widened. */
    private long values(int from, int count, long wide) {
        if (!half) {
            return values + 4L * from;
        }
        if (math.hasLanes()) {
            Halves.widen(values + 2L * from, count, wide);
        } else {
            math.widenF16(values + 2L * from, count, wide);
        }
        return wide;
    }

    /**
     * Adds products of rows of queries with the entries of tokens: to[row, t] += queries[row, c] value of every entry.
     *
     * @param queries rows of channels, one after the other
     * @param rows    how many
     * @param token   first token
     * @param count   how many
     * @param to      rows of sums
     * @param stride  distance of rows of sums in floats
     */
    @Override
    public void addScores(long queries, int rows, int token, int count, long to, long stride) {
        forEach(token, count, entries -> addInTurn(entries, rows, new Side(queries, 4L * width, 0, channelBytes()),
                new Side(to, 4 * stride, bits, TOKENS), 0, 4L * entries.begin, count));
    }

    /**
     * Adds weighted entries of tokens: to[row, c] += weights[row, t] value of every entry.
     *
     * @param weights rows of weights
     * @param stride  distance of rows of weights in floats
     * @param rows    how many
     * @param token   first token
     * @param count   how many
     * @param to      rows of sums, one after the other
     */
    @Override
    public void addWeighted(long weights, long stride, int rows, int token, int count, long to) {
        forEach(token, count, entries -> addInTurn(entries, rows, new Side(weights, 4 * stride, bits, TOKENS),
                new Side(to, 4L * width, 0, channelBytes()), 4L * entries.begin, 0, width));
    }

    private int channelBytes() {
        return (1 << bits) - 1 << 2;
    }

    /**
     * Rows of numbers that have one a token or a channel.
     *
     * @param address of the first row
     * @param stride  bytes from row to row
     * @param shift   of four times a place, to the right
     * @param mask    of what is then the distance of a number in bytes
     */
    private record Side(long address, long stride, int shift, int mask) {}

    /** Adds factors times values to sums, of which there are {@code length}; tokens begin before or after both. */
    private void addInTurn(Entries entries, int rows, Side factors, Side sums, long factorBegin, long sumBegin,
            int length) {
        try (Scratch.Frame frame = Scratch.frame()) {
            int pitch = 4 * Math.max(Lanes.N, Integer.highestOneBit(2 * length - 1));
            long turns = frame.bytes((long) COPIES * pitch);
            for (int row = 0; row < rows; row++) {
                Memory.clear(turns, (long) COPIES * pitch);
                add(entries, factors.address + factors.stride * row + factorBegin, factors.shift, factors.mask,
                        turns + sumBegin, sums.shift, sums.mask, pitch);
                addCopies(turns, pitch, sums.address + sums.stride * row, length);
            }
        }
    }

    /** Adds the copies of every sum to it. */
    private void addCopies(long copies, int pitch, long to, int length) {
        int whole = math.hasLanes() ? length & -4 * Lanes.N : 0;
        addWhole(copies, pitch, to, whole);
        for (int i = whole; i < length; i++) {
            float sum = Memory.getFloat(to + 4L * i);
            for (int copy = 0; copy < COPIES; copy++) {
                sum += Memory.getFloat(copies + (long) pitch * copy + 4L * i);
            }
            Memory.setFloat(to + 4L * i, sum);
        }
    }

    /** Four vectors a turn: written out, for a smaller method would be drawn into others, whose end is not compiled well. */
    private static void addWhole(long copies, int pitch, long to, int length) {
        long source = Memory.known(copies);
        long target = Memory.known(to);
        long second = Memory.known(copies + pitch);
        long third = Memory.known(copies + 2L * pitch);
        long fourth = Memory.known(copies + 3L * pitch);
        for (int n = 0; n < length; n += 4 * Lanes.N) {
            int i = n & Integer.MAX_VALUE;
            FloatVector a = Lanes.floats(target + 4L * i).add(Lanes.floats(source + 4L * i));
            FloatVector b = Lanes.floats(second + 4L * i).add(Lanes.floats(third + 4L * i));
            FloatVector c = Lanes.floats(fourth + 4L * i);
            Lanes.store(a.add(b).add(c), target + 4L * i);
            i += Lanes.N;
            a = Lanes.floats(target + 4L * i).add(Lanes.floats(source + 4L * i));
            b = Lanes.floats(second + 4L * i).add(Lanes.floats(third + 4L * i));
            c = Lanes.floats(fourth + 4L * i);
            Lanes.store(a.add(b).add(c), target + 4L * i);
            i += Lanes.N;
            a = Lanes.floats(target + 4L * i).add(Lanes.floats(source + 4L * i));
            b = Lanes.floats(second + 4L * i).add(Lanes.floats(third + 4L * i));
            c = Lanes.floats(fourth + 4L * i);
            Lanes.store(a.add(b).add(c), target + 4L * i);
            i += Lanes.N;
            a = Lanes.floats(target + 4L * i).add(Lanes.floats(source + 4L * i));
            b = Lanes.floats(second + 4L * i).add(Lanes.floats(third + 4L * i));
            c = Lanes.floats(fourth + 4L * i);
            Lanes.store(a.add(b).add(c), target + 4L * i);
        }
    }

    /** Adds entries to sums, in turn to copies that are {@code pitch} bytes apart, a power of two. */
    private static void add(Entries entries, long factors, int factorShift, int factorMask, long sums, int sumShift,
            int sumMask, int pitch) {
        long factorBase = Memory.known(factors);
        long sumBase = Memory.known(sums);
        long places = Memory.known(entries.places);
        long values = Memory.known(entries.values);
        boolean small = entries.small;
        int last = (COPIES - 1) * pitch;
        int turn = 0;
        for (int i = 0; i < entries.count; i++) {
            int n = i & Integer.MAX_VALUE;
            long place = (long) (small ? Memory.getShort(places + 2L * n) & 0xffff
                    : Memory.getInt(places + 4L * n)) << 2;
            long factor = place >>> factorShift & factorMask & OFFSETS;
            long sum = turn + (place >>> sumShift & sumMask) & OFFSETS;
            Memory.setFloat(sumBase + sum, Math.fma(Memory.getFloat(factorBase + factor),
                    Memory.getFloat(values + 4L * n), Memory.getFloat(sumBase + sum)));
            turn = turn + pitch & last;
        }
    }

    /** Adds entries to rows of numbers. */
    void addRows(int token, int count, long to) {
        forEach(token, count, entries -> {
            for (int n = 0; n < entries.count; n++) {
                int place = small
                        ? Memory.getShort(entries.places + 2L * n) & 0xffff
                        : Memory.getInt(entries.places + 4L * n);
                long number = (long) width * (entries.begin + (place >>> bits)) + (place & (1 << bits) - 1);
                Memory.setFloat(to + 4 * number,
                        Memory.getFloat(to + 4 * number) + Memory.getFloat(entries.values + 4L * n));
            }
        });
    }
}
