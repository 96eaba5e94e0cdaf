package lathe.engine.attention;

import java.nio.ByteOrder;

import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

import lathe.engine.kernels.Memory;
import lathe.spi.kv.StoredBlock.ReplacedNumbers;
import lathe.spi.tensor.DataType;

/** Numbers that replace decoded ones, by address: a few in each vector of a block, in the order of their places. */
final class ReplacedPlaces {
    /** So few entries are gone through from the first on. */
    private static final int FEW = 8;
    private static final VectorSpecies<Short> LANES = ShortVector.SPECIES_PREFERRED;

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
        Target target = new Target(coded, offset, factors, 4 * stride, rows, begin, from, to, 4 * toStride);
        if (small && follow(vectors) && count <= FEW && numbers < 1 << 15) {
            scan(target, vectors, numbers);
            return;
        }
        for (int i = 0; i < vectors; i++) {
            long end = end(begin + i);
            for (long entry = firstAtLeast(begin + i, from, coded.length()); entry < end; entry++) {
                int j = number(entry);
                if (j >= from + numbers) {
                    break;
                }
                add(target, entry, i, j);
            }
        }
    }

    /** Whether entries of neighbouring vectors follow each other. */
    private boolean follow(int vectors) {
        return stride == 1 || vectors == 1;
    }

    /** What sums over vectors are added to; strides in bytes. */
    private record Target(CodedVectors coded, int offset, long factors, long stride, int rows, int begin, int from,
            long sums, long sumStride) {}

    private void add(Target target, long entry, int i, int j) {
        float change = value(entry) - target.coded.get(target.begin + i, target.offset + j);
        long factor = Memory.known(target.factors + 4L * i);
        long at = Memory.known(target.sums + 4L * (j - target.from));
        for (int row = 0; row < target.rows; row++) {
            float sum = Memory.getFloat(at + target.sumStride * row);
            Memory.setFloat(at + target.sumStride * row,
                    Math.fma(Memory.getFloat(factor + target.stride * row), change, sum));
        }
    }

    /** Where vectors have few entries those in range are found many entries at a time. */
    private void scan(Target target, int vectors, int numbers) {
        short low = (short) (target.from + from);
        long first = begin(target.begin);
        long last = first + (long) vectors * count;
        long entry = first;
        for (; entry <= last - LANES.length(); entry += LANES.length()) {
            long found = ShortVector.fromMemorySegment(LANES, Memory.ALL, places + 2 * entry, ByteOrder.nativeOrder())
                    .sub(low).compare(VectorOperators.ULT, (short) numbers).toLong();
            for (; found != 0; found &= found - 1) {
                long one = entry + Long.numberOfTrailingZeros(found);
                add(target, one, (int) (one - first) / count, number(one));
            }
        }
        for (; entry < last; entry++) {
            int j = number(entry);
            if (j >= target.from && j < target.from + numbers) {
                add(target, entry, (int) (entry - first) / count, j);
            }
        }
    }
}
