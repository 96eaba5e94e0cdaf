package lathe.engine.attention;

import lathe.engine.kernels.Memory;
import lathe.spi.kv.StoredBlock.ReplacedNumbers;
import lathe.spi.tensor.DataType;

/** Numbers that replace decoded ones, by address: a few in each vector of a block, in the order of their places. */
final class ReplacedPlaces {
    /** So few entries are gone through from the first on. */
    static final int FEW = 8;
    private static final int FRACTION = 40;

    private final long places;
    private final boolean small;
    private final long values;
    private final boolean half;
    private final int count;
    private final int first;
    private final int stride;
    private final int from;

    ReplacedPlaces(ReplacedNumbers numbers) {
        this.places = Memory.known(Memory.address(numbers.places()));
        this.small = numbers.places().type() == DataType.U16;
        this.values = Memory.known(Memory.address(numbers.values()));
        this.half = numbers.values().type() == DataType.F16;
        this.count = numbers.places().size(1);
        this.first = numbers.first();
        this.stride = numbers.stride();
        this.from = numbers.from();
    }

    /** Index of the first entry of vector i. */
    long begin(int i) {
        return (first + (long) stride * i) * count;
    }

    /** Index after the last entry of vector i. */
    long end(int i) {
        return begin(i) + count;
    }

    /** Entries of a vector. */
    int count() {
        return count;
    }

    /** Place of a vector's first number. */
    int from() {
        return from;
    }

    /** Where the place of an entry is stored. */
    long placeAddress(long entry) {
        return places + (small ? 2 : 4) * entry;
    }

    /** Whether places are of 16 bits and those of neighbouring vectors follow each other. */
    boolean follow() {
        return small && stride == 1;
    }

    /** Number of its vector that an entry replaces. */
    int number(long entry) {
        return (small ? Memory.getShort(places + 2 * entry) & 0xffff : Memory.getInt(places + 4 * entry)) - from;
    }

    /** What replaces it. */
    float value(long entry) {
        return half ? Float.float16ToFloat(Memory.getShort(values + 2 * entry)) : Memory.getFloat(values + 4 * entry);
    }

    /**
     * The first entry of vector i that is not before a number. Places are spread over the vector, so that the search begins
     * where an even spread would have it.
     *
     * @param i      which vector
     * @param number of the vector
     * @param length places of a vector
     */
    long firstAtLeast(int i, int number, int length) {
        long begin = begin(i);
        long end = begin + count;
        long entry = begin;
        if (count > FEW) {
            entry += Math.clamp((int) ((float) count / length * (number + from)), 0, count);
        }
        while (entry > begin && number(entry - 1) >= number) {
            entry--;
        }
        while (entry < end && number(entry) < number) {
            entry++;
        }
        return entry;
    }

    /**
     * Looks up entries by their index counted from a vector's first, as if vectors followed each other.
     *
     * @param vector  from which entries are counted
     * @param entries indices, ints
     * @param count   how many
     * @param vectors receives by how many vectors each is further on, ints
     * @param numbers receives the number of its vector that each replaces, ints
     * @param to      receives what replaces it, floats
     */
    void resolve(int vector, long entries, int count, long vectors, long numbers, long to) {
        long source = Memory.known(entries);
        long begin = begin(vector);
        long gap = (stride - 1L) * this.count;
        // A division of small numbers: the product with a reciprocal that is a little too large.
        long reciprocal = (1L << FRACTION) / this.count + 1;
        for (int n = 0; n < count; n++) {
            int index = Memory.getInt(source + 4L * n);
            int further = (int) (index * reciprocal >>> FRACTION);
            long entry = begin + index + gap * further;
            Memory.setInt(vectors + 4L * n, further);
            Memory.setInt(numbers + 4L * n, number(entry));
            Memory.setFloat(to + 4L * n, value(entry));
        }
    }
}
