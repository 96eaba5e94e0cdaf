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
    /** Bytes from copy to copy, where that is enough: of a tile's tokens, and no multiple of a page. */
    private static final int PITCH = 4 * QueryRows.LONG_STRIDE + 256;
    /** Bits of a short place. */
    private static final int WORD = 0xffff;

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
    private record Entries(long places, boolean small, long values, int count, int begin) {
        int place(int entry) {
            return SparseSums.place(places, small, entry);
        }
    }

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
            if (place(places, small, middle) < place) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private static int place(long places, boolean small, int entry) {
        return small ? Memory.getShort(places + 2L * entry) & WORD : Memory.getInt(places + 4L * entry);
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
        addInTurn(token, count, true, rows, new Side(queries, 4L * width), new Side(to, 4 * stride), count);
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
        addInTurn(token, count, false, rows, new Side(weights, 4 * stride), new Side(to, 4L * width), width);
    }

    /**
     * Rows of numbers that have one a token or a channel.
     *
     * @param address of the first row
     * @param stride  bytes from row to row
     */
    private record Side(long address, long stride) {}

    /** Adds factors times the values of tokens [token, token + count) to sums, of which there are {@code length} a row. */
    private void addInTurn(int token, int count, boolean toTokens, int rows, Side factors, Side sums, int length) {
        int pitch = Math.max(PITCH, 4 * Integer.highestOneBit(2 * length - 1));
        try (Scratch.Frame frame = Scratch.frame()) {
            long turns = frame.bytes((long) rows * COPIES * pitch);
            for (int copy = 0; copy < rows * COPIES; copy++) {
                Memory.clear(turns + (long) pitch * copy, 4L * length);
            }
            forEach(token, count, entries -> {
                for (int row = 0; row < rows; row++) {
                    long from = factors.address + factors.stride * row;
                    long to = turns + (long) COPIES * pitch * row;
                    if (toTokens) {
                        add(entries, true, from, to + 4L * entries.begin, pitch);
                    } else {
                        add(entries, false, from + 4L * entries.begin, to, pitch);
                    }
                }
            });
            for (int row = 0; row < rows; row++) {
                addCopies(turns + (long) COPIES * pitch * row, pitch, sums.address + sums.stride * row, length);
            }
        }
    }

    private void add(Entries entries, boolean toTokens, long from, long to, int pitch) {
        int whole = entries.small && pitch == PITCH ? entries.count & -COPIES : 0;
        if (toTokens) {
            addFoursToTokens(entries, whole, from, bits, to);
        } else {
            addFoursToChannels(entries, whole, from, bits, to);
        }
        addRest(entries, whole, from, bits, toTokens, to, pitch);
    }

    /** Adds the copies of every sum to it. */
    private void addCopies(long copies, int pitch, long to, int length) {
        int whole = math.hasLanes() ? length & -Lanes.N : 0;
        addWhole(copies, pitch, to, whole);
        for (int i = whole; i < length; i++) {
            float sum = Memory.getFloat(to + 4L * i);
            for (int copy = 0; copy < COPIES; copy++) {
                sum += Memory.getFloat(copies + (long) pitch * copy + 4L * i);
            }
            Memory.setFloat(to + 4L * i, sum);
        }
    }

    /** One vector a turn: with more the compiler's budget ended before the last, and boxed them. */
    private static void addWhole(long copies, int pitch, long to, int length) {
        long source = Memory.known(copies);
        long target = Memory.known(to);
        long second = Memory.known(copies + pitch);
        long third = Memory.known(copies + 2L * pitch);
        long fourth = Memory.known(copies + 3L * pitch);
        for (int n = 0; n < length; n += Lanes.N) {
            int i = n & Integer.MAX_VALUE;
            FloatVector a = Lanes.floats(target + 4L * i).add(Lanes.floats(source + 4L * i));
            FloatVector b = Lanes.floats(second + 4L * i).add(Lanes.floats(third + 4L * i));
            Lanes.store(a.add(b).add(Lanes.floats(fourth + 4L * i)), target + 4L * i);
        }
    }

    // One loop for scores and one for sums: with places taken apart by parameters most of an entry's instructions did that.

    /** Adds channels' factors times values to sums of tokens, four entries at a time, each to another copy. */
    private static void addFoursToTokens(Entries entries, int whole, long channels, int bits, long tokens) {
        long factors = Memory.known(channels);
        long sums = Memory.known(tokens);
        long places = Memory.known(entries.places);
        long values = Memory.known(entries.values);
        int mask = (1 << bits) - 1;
        for (int n = 0; n < whole; n += COPIES) {
            int i = n & Integer.MAX_VALUE;
            long four = Memory.getLong(places + 2L * i);
            int a = (int) four & WORD;
            int b = (int) (four >>> 16) & WORD;
            int c = (int) (four >>> 32) & WORD;
            int d = (int) (four >>> 48);
            long sum = sums + 4L * (a >>> bits & WORD);
            Memory.setFloat(sum, Math.fma(Memory.getFloat(factors + 4L * (a & mask)),
                    Memory.getFloat(values + 4L * i), Memory.getFloat(sum)));
            sum = sums + PITCH + 4L * (b >>> bits & WORD);
            Memory.setFloat(sum, Math.fma(Memory.getFloat(factors + 4L * (b & mask)),
                    Memory.getFloat(values + 4L * i + 4), Memory.getFloat(sum)));
            sum = sums + 2 * PITCH + 4L * (c >>> bits & WORD);
            Memory.setFloat(sum, Math.fma(Memory.getFloat(factors + 4L * (c & mask)),
                    Memory.getFloat(values + 4L * i + 8), Memory.getFloat(sum)));
            sum = sums + 3 * PITCH + 4L * (d >>> bits & WORD);
            Memory.setFloat(sum, Math.fma(Memory.getFloat(factors + 4L * (d & mask)),
                    Memory.getFloat(values + 4L * i + 12), Memory.getFloat(sum)));
        }
    }

    /** Adds tokens' weights times values to sums of channels, four entries at a time, each to another copy. */
    private static void addFoursToChannels(Entries entries, int whole, long tokens, int bits, long channels) {
        long weights = Memory.known(tokens);
        long sums = Memory.known(channels);
        long places = Memory.known(entries.places);
        long values = Memory.known(entries.values);
        int mask = (1 << bits) - 1;
        for (int n = 0; n < whole; n += COPIES) {
            int i = n & Integer.MAX_VALUE;
            long four = Memory.getLong(places + 2L * i);
            int a = (int) four & WORD;
            int b = (int) (four >>> 16) & WORD;
            int c = (int) (four >>> 32) & WORD;
            int d = (int) (four >>> 48);
            long sum = sums + 4L * (a & mask);
            Memory.setFloat(sum, Math.fma(Memory.getFloat(weights + 4L * (a >>> bits & WORD)),
                    Memory.getFloat(values + 4L * i), Memory.getFloat(sum)));
            sum = sums + PITCH + 4L * (b & mask);
            Memory.setFloat(sum, Math.fma(Memory.getFloat(weights + 4L * (b >>> bits & WORD)),
                    Memory.getFloat(values + 4L * i + 4), Memory.getFloat(sum)));
            sum = sums + 2 * PITCH + 4L * (c & mask);
            Memory.setFloat(sum, Math.fma(Memory.getFloat(weights + 4L * (c >>> bits & WORD)),
                    Memory.getFloat(values + 4L * i + 8), Memory.getFloat(sum)));
            sum = sums + 3 * PITCH + 4L * (d & mask);
            Memory.setFloat(sum, Math.fma(Memory.getFloat(weights + 4L * (d >>> bits & WORD)),
                    Memory.getFloat(values + 4L * i + 12), Memory.getFloat(sum)));
        }
    }

    /** Adds the entries from one on, those of large places all. */
    private static void addRest(Entries entries, int begin, long factors, int bits, boolean toTokens, long sums,
            int pitch) {
        int mask = (1 << bits) - 1;
        for (int i = begin; i < entries.count; i++) {
            int place = entries.place(i);
            int token = place >>> bits;
            int channel = place & mask;
            long sum = sums + (long) pitch * (i % COPIES) + 4L * (toTokens ? token : channel);
            Memory.setFloat(sum, Math.fma(Memory.getFloat(factors + 4L * (toTokens ? channel : token)),
                    Memory.getFloat(entries.values + 4L * i), Memory.getFloat(sum)));
        }
    }

    /** Adds entries to rows of numbers. */
    void addRows(int token, int count, long to) {
        forEach(token, count, entries -> {
            for (int n = 0; n < entries.count; n++) {
                int place = entries.place(n);
                long number = (long) width * (entries.begin + (place >>> bits)) + (place & (1 << bits) - 1);
                Memory.setFloat(to + 4 * number,
                        Memory.getFloat(to + 4 * number) + Memory.getFloat(entries.values + 4L * n));
            }
        });
    }
}
