package lathe.engine.attention;

import java.nio.ByteOrder;

import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

import lathe.engine.kernels.Memory;
import lathe.engine.kernels.Scratch;
import lathe.spi.kv.StoredBlock.Direction;
import lathe.spi.kv.StoredBlock.Packed;

/**
 * What replacing numbers changes in sums over vectors. Entries in range are listed first, then decoded, then added: loops
 * whose branches do not depend on where the entries happen to lie, which no processor could foresee.
 */
final class ReplacedSums {
    /** So many entries are listed before they are added. */
    private static final int LISTED = 512;
    /** Places of a token that are compared rather than searched: at most as many. */
    private static final int COMPARED = 64;
    /** Entries that are written at a time, and two in a word of which each is two further on. */
    private static final int WRITTEN = 8;
    private static final long TWO_ON = 2L << Integer.SIZE | 2;
    private static final VectorSpecies<Short> LANES = ShortVector.SPECIES_PREFERRED;

    private final ReplacedPlaces replaced;
    private final CodedVectors coded;
    private final int offset;
    private final boolean compares;
    private final boolean indexed;
    private final int vectors;
    private final int numbers;
    /** Made when first asked for; every thread would make the same. */
    private volatile PlaceStarts starts;

    ReplacedSums(ReplacedPlaces replaced, CodedVectors coded, Packed block, int width) {
        boolean channels = block.direction() == Direction.CHANNELS;
        this.replaced = replaced;
        this.coded = coded;
        this.offset = block.from();
        this.compares = replaced.follow() && replaced.count() <= (channels ? ReplacedPlaces.FEW : COMPARED);
        this.indexed = channels;
        this.vectors = channels ? width : block.tokens();
        this.numbers = channels ? block.tokens() : width;
    }

    /**
     * What sums over vectors are taken of and added to.
     *
     * @param factors   rows of factors
     * @param stride    distance of rows of factors in bytes
     * @param rows      how many
     * @param begin     first vector
     * @param vectors   how many
     * @param from      first number of each
     * @param numbers   how many
     * @param sums      rows of sums
     * @param sumStride distance of rows of sums in bytes
     */
    private record Target(long factors, long stride, int rows, int begin, int vectors, int from, int numbers, long sums,
            long sumStride) {}

    /** Entries of a target by their index, counted from its first vector on, and room for what is made of them. */
    private record Listed(long entries, long vectors, long numbers, long changes) {}

    /**
     * Adds what replacing changes to sums over vectors: to[row, j - from] += factors[row, i] (value - x[begin + i, j]).
     *
     * @param factors  rows of factors
     * @param stride   distance of rows of factors in floats
     * @param rows     how many
     * @param begin    first vector
     * @param vectors  how many
     * @param from     first number of each
     * @param numbers  how many
     * @param to       rows of sums
     * @param toStride distance of rows of sums in floats
     */
    void add(long factors, long stride, int rows, int begin, int vectors, int from, int numbers, long to,
            long toStride) {
        Target target = new Target(factors, 4 * stride, rows, begin, vectors, from, numbers, to, 4 * toStride);
        try (Scratch.Frame frame = Scratch.frame()) {
            int most = LISTED + Math.max(COMPARED, numbers) + WRITTEN;
            Listed listed = new Listed(frame.floats(most), frame.floats(most), frame.floats(most), frame.floats(most));
            if (compares && numbers < 1 << 15) {
                compare(target, listed);
            } else {
                search(target, listed);
            }
        }
    }

    /** Where vectors have few entries those in range are found many entries at a time. */
    private void compare(Target target, Listed listed) {
        short low = (short) (target.from + replaced.from());
        short count = (short) target.numbers;
        long places = Memory.known(replaced.placeAddress(replaced.begin(target.begin)));
        long entries = Memory.known(listed.entries);
        int all = target.vectors * replaced.count();
        int n = 0;
        int entry = 0;
        for (; entry <= all - Long.SIZE; entry += Long.SIZE) {
            long found = found(places + 2L * entry, low, count);
            for (; found != 0; found &= found - 1) {
                Memory.setInt(entries + 4L * n++, entry + Long.numberOfTrailingZeros(found));
            }
            if (n >= LISTED) {
                add(target, listed, n);
                n = 0;
            }
        }
        for (; entry < all; entry++) {
            int place = Memory.getShort(places + 2L * entry) - low & 0xffff;
            if (place < count) {
                Memory.setInt(entries + 4L * n++, entry);
            }
        }
        add(target, listed, n);
    }

    /** Which of 64 places lie in range: a bit each. */
    private static long found(long places, short low, short count) {
        long found = 0;
        for (int lane = 0; lane < Long.SIZE; lane += LANES.length()) {
            found |= ShortVector.fromMemorySegment(LANES, Memory.ALL, places + 2L * lane, ByteOrder.nativeOrder())
                    .sub(low).compare(VectorOperators.ULT, count).toLong() << lane;
        }
        return found;
    }

    private void search(Target target, Listed listed) {
        PlaceStarts index = indexed ? starts() : null;
        int n = 0;
        for (int i = 0; i < target.vectors; i++) {
            int vector = target.begin + i;
            int first = index != null
                    ? index.before(vector, target.from)
                    : (int) (replaced.firstAtLeast(vector, target.from, coded.length()) - replaced.begin(vector));
            int end = index != null
                    ? index.before(vector, target.from + target.numbers)
                    : (int) (replaced.firstAtLeast(vector, target.from + target.numbers, coded.length())
                            - replaced.begin(vector));
            int entry = replaced.count() * i + first;
            // More are written than there are, whose number is not foreseeable.
            long pair = entry | entry + 1L << Integer.SIZE;
            for (int k = 0; k < end - first; k += WRITTEN) {
                long at = Memory.known(listed.entries + 4L * (n + k));
                Memory.setLong(at, pair);
                Memory.setLong(at + 8, pair + TWO_ON);
                Memory.setLong(at + 16, pair + 2 * TWO_ON);
                Memory.setLong(at + 24, pair + 3 * TWO_ON);
                pair += 4 * TWO_ON;
            }
            n += end - first;
            if (n >= LISTED) {
                add(target, listed, n);
                n = 0;
            }
        }
        add(target, listed, n);
    }

    private PlaceStarts starts() {
        PlaceStarts made = starts;
        if (made == null) {
            made = new PlaceStarts(replaced, vectors, numbers);
            starts = made;
        }
        return made;
    }

    private void add(Target target, Listed listed, int count) {
        replaced.resolve(target.begin, listed.entries, count, listed.vectors, listed.numbers, listed.changes);
        coded.subtract(target.begin, offset, listed.vectors, listed.numbers, count, listed.changes);
        int row = 0;
        for (; row < target.rows - 1; row += 2) {
            addTwo(target, listed, count, row);
        }
        if (row < target.rows) {
            addOne(target, listed, count, row);
        }
    }

    private static void addTwo(Target target, Listed listed, int count, int row) {
        long factors = Memory.known(target.factors + target.stride * row);
        long sums = Memory.known(target.sums + target.sumStride * row);
        long secondFactors = Memory.known(factors + target.stride);
        long secondSums = Memory.known(sums + target.sumStride);
        long vectors = Memory.known(listed.vectors);
        long numbers = Memory.known(listed.numbers);
        long changes = Memory.known(listed.changes);
        int from = target.from;
        for (int n = 0; n < count; n++) {
            long factor = 4L * Memory.getInt(vectors + 4L * n);
            long sum = 4L * (Memory.getInt(numbers + 4L * n) - from);
            float change = Memory.getFloat(changes + 4L * n);
            Memory.setFloat(sums + sum,
                    Math.fma(Memory.getFloat(factors + factor), change, Memory.getFloat(sums + sum)));
            Memory.setFloat(secondSums + sum,
                    Math.fma(Memory.getFloat(secondFactors + factor), change, Memory.getFloat(secondSums + sum)));
        }
    }

    private static void addOne(Target target, Listed listed, int count, int row) {
        long factors = target.factors + target.stride * row;
        long sums = target.sums + target.sumStride * row;
        for (int n = 0; n < count; n++) {
            long factor = 4L * Memory.getInt(listed.vectors + 4L * n);
            long sum = 4L * (Memory.getInt(listed.numbers + 4L * n) - target.from);
            float change = Memory.getFloat(listed.changes + 4L * n);
            Memory.setFloat(sums + sum,
                    Math.fma(Memory.getFloat(factors + factor), change, Memory.getFloat(sums + sum)));
        }
    }
}
