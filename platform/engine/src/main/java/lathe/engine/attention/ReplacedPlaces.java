package lathe.engine.attention;

import lathe.engine.kernels.Memory;
import lathe.spi.kv.StoredBlock.ReplacedNumbers;
import lathe.spi.tensor.DataType;

/** Numbers that replace decoded ones, by address: a few in each vector of a block, in the order of their places. */
final class ReplacedPlaces {
    private final long places;
    private final boolean small;
    private final long values;
    private final boolean half;
    private final int count;
    private final int first;
    private final int stride;
    private final int from;

    ReplacedPlaces(ReplacedNumbers numbers) {
        this.places = Memory.address(numbers.places());
        this.small = numbers.places().type() == DataType.U16;
        this.values = Memory.address(numbers.values());
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
        long entry = begin + Math.clamp((long) count * (number + from) / length, 0, count);
        while (entry > begin && number(entry - 1) >= number) {
            entry--;
        }
        while (entry < end && number(entry) < number) {
            entry++;
        }
        return entry;
    }

    /**
     * Adds what replacing changes to sums over vectors: to[row, j - from] += factors[row, i] (value - x[begin + i, j]).
     *
     * @param coded    what is replaced
     * @param offset   the coded vectors' number of number 0
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
    void addSums(CodedVectors coded, int offset, long factors, long stride, int rows, int begin, int vectors, int from,
            int numbers, long to, long toStride) {
        for (int i = 0; i < vectors; i++) {
            long end = end(begin + i);
            for (long entry = firstAtLeast(begin + i, from, coded.length()); entry < end; entry++) {
                int j = number(entry);
                if (j >= from + numbers) {
                    break;
                }
                float change = value(entry) - coded.get(begin + i, offset + j);
                for (int row = 0; row < rows; row++) {
                    long at = to + 4 * (toStride * row + j - from);
                    float factor = Memory.getFloat(factors + 4 * (stride * row + i));
                    Memory.setFloat(at, Math.fma(factor, change, Memory.getFloat(at)));
                }
            }
        }
    }
}
