package lathe.engine.attention;

import lathe.engine.kernels.Memory;
import lathe.engine.kernels.RowMath;
import lathe.engine.kernels.Scratch;
import lathe.spi.kv.StoredBlock.SparseRows;
import lathe.spi.tensor.DataType;

/** Single numbers that are added, in products: those of a tile of tokens follow each other and are read once, in order. */
final class SparseSums {
    /** So many entries are read before they are added. */
    private static final int MANY = 512;
    /**
     * Sums of a token or channel to which entries go in turn. Neighbours often have the same token or channel, and a
     * processor that has read a sum before the entry just before has written it begins anew: 60 cycles an entry.
     */
    private static final int COPIES = 8;
    /** Distances in a tile: the compiler must know that they are not negative to leave out bounds checks. */
    private static final long OFFSETS = (1L << 24) - 1;

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

    /** Entries, their places' tokens and channels each times the bytes of a float, and their values. */
    private record Listed(long tokens, long channels, long values) {}

    /** What is done with some entries. */
    private interface Entries {
        void visit(Listed listed, int count);
    }

    /** Entries of tokens [token, token + count), piece by piece. */
    private void forEach(int token, int count, Entries entries) {
        try (Scratch.Frame frame = Scratch.frame()) {
            Listed listed = new Listed(frame.floats(MANY), frame.floats(MANY), frame.floats(MANY));
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
                    list(at, some, begin - token, listed);
                    entries.visit(listed, some);
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

    private void list(int from, int count, int begin, Listed to) {
        if (half && math.hasLanes()) {
            Halves.widen(values + 2L * from, count, to.values);
        } else if (half) {
            math.widenF16(values + 2L * from, count, to.values);
        } else {
            Memory.copy(values + 4L * from, to.values, 4L * count);
        }
        long tokens = Memory.known(to.tokens);
        long channels = Memory.known(to.channels);
        int shift = bits;
        int mask = (1 << shift) - 1;
        if (small) {
            long source = Memory.known(places + 2L * from);
            for (int n = 0; n < count; n++) {
                int place = Memory.getShort(source + 2L * n) & 0xffff;
                Memory.setInt(tokens + 4L * n, begin + (place >>> shift) << 2);
                Memory.setInt(channels + 4L * n, (place & mask) << 2);
            }
        } else {
            for (int n = 0; n < count; n++) {
                int place = place(from + n);
                Memory.setInt(tokens + 4L * n, begin + (place >>> shift) << 2);
                Memory.setInt(channels + 4L * n, (place & mask) << 2);
            }
        }
    }

    /**
     * Adds to scores of tokens: to[row, t] += queries[row, c] value of every entry.
     *
     * @param queries rows of queries, one after the other
     * @param rows    how many
     * @param token   first token
     * @param count   how many
     * @param to      rows of scores
     * @param stride  distance of rows of scores in floats
     */
    void addScores(long queries, int rows, int token, int count, long to, long stride) {
        forEach(token, count, (listed, entries) -> addInTurn(queries, 4L * width, listed.channels, listed.tokens,
                listed.values, entries, rows, count, to, 4 * stride));
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
    void addWeighted(long weights, long stride, int rows, int token, int count, long to) {
        forEach(token, count, (listed, entries) -> addInTurn(weights, 4 * stride, listed.tokens, listed.channels,
                listed.values, entries, rows, width, to, 4L * width));
    }

    /** to[row, to[n]] += factors[row, from[n]] values[n], rows of {@code length} sums; destroys the places {@code to}. */
    private void addInTurn(long factors, long stride, long from, long to, long values, int count, int rows, int length,
            long sums, long sumStride) {
        try (Scratch.Frame frame = Scratch.frame()) {
            int copies = COPIES * length;
            long turns = frame.floats((long) rows * copies);
            Memory.clear(turns, 4L * rows * copies);
            spread(to, count, 4 * length);
            add(factors, stride, from, to, values, count, rows, turns, 4L * copies);
            for (int copy = 0; copy < rows * COPIES; copy++) {
                math.addScaled(1, turns + 4L * length * copy, sums + sumStride * (copy / COPIES), length);
            }
        }
    }

    /** Sends entries to the copies in turn. */
    private static void spread(long places, int count, int pitch) {
        long source = Memory.known(places);
        for (int n = 0; n < count; n++) {
            Memory.setInt(source + 4L * n, Memory.getInt(source + 4L * n) + (n & COPIES - 1) * pitch);
        }
    }

    /** Adds entries to rows of numbers. */
    void addRows(int token, int count, long to) {
        forEach(token, count, (listed, entries) -> {
            for (int n = 0; n < entries; n++) {
                long at = to + (long) width * Memory.getInt(listed.tokens + 4L * n)
                        + Memory.getInt(listed.channels + 4L * n);
                Memory.setFloat(at, Memory.getFloat(at) + Memory.getFloat(listed.values + 4L * n));
            }
        });
    }

    /** to[row, to[n]] += factors[row, from[n]] values[n], rows and places in bytes. */
    private static void add(long factors, long stride, long from, long to, long values, int count, int rows, long sums,
            long sumStride) {
        int row = 0;
        for (; row < rows - 1; row += 2) {
            addTwo(factors + stride * row, stride, from, to, values, count, sums + sumStride * row, sumStride);
        }
        if (row < rows) {
            addOne(factors + stride * row, from, to, values, count, sums + sumStride * row);
        }
    }

    private static void addTwo(long factors, long stride, long from, long to, long values, int count, long sums,
            long sumStride) {
        long first = Memory.known(factors);
        long second = Memory.known(factors + stride);
        long firstSums = Memory.known(sums);
        long secondSums = Memory.known(sums + sumStride);
        long sources = Memory.known(from);
        long targets = Memory.known(to);
        long numbers = Memory.known(values);
        for (int n = 0; n < count; n++) {
            long factor = Memory.getInt(sources + 4L * n) & OFFSETS;
            long sum = Memory.getInt(targets + 4L * n) & OFFSETS;
            float value = Memory.getFloat(numbers + 4L * n);
            Memory.setFloat(firstSums + sum,
                    Math.fma(Memory.getFloat(first + factor), value, Memory.getFloat(firstSums + sum)));
            Memory.setFloat(secondSums + sum,
                    Math.fma(Memory.getFloat(second + factor), value, Memory.getFloat(secondSums + sum)));
        }
    }

    private static void addOne(long factors, long from, long to, long values, int count, long sums) {
        long first = Memory.known(factors);
        long target = Memory.known(sums);
        long sources = Memory.known(from);
        long targets = Memory.known(to);
        long numbers = Memory.known(values);
        for (int n = 0; n < count; n++) {
            long factor = Memory.getInt(sources + 4L * n) & OFFSETS;
            long sum = Memory.getInt(targets + 4L * n) & OFFSETS;
            Memory.setFloat(target + sum, Math.fma(Memory.getFloat(first + factor),
                    Memory.getFloat(numbers + 4L * n), Memory.getFloat(target + sum)));
        }
    }
}
