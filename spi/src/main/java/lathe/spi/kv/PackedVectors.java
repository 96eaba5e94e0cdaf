package lathe.spi.kv;

import static java.util.Objects.requireNonNull;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

import lathe.spi.operator.BitPacking;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Vectors of a cache in few bits: codes of 1 to 8 bits, and for every group of a vector a scale and a minimum, x = code *
 * scale + minimum. A vector may be a token's value, or a key's channel over some tokens. Codes are those of what is stored:
 * with scales of 16 bits they are taken against the rounded scale. A group of equal numbers has the scale 1 and codes 0.
 *
 * <p>Vectors are written by one thread; they may be read by several.
 */
public final class PackedVectors {
    private final int length;
    private final int group;
    private final int bits;
    private final Tensor codes;
    private final Tensor scales;
    private final Tensor minima;
    private final StoredFloats steps;
    private final StoredFloats lowest;
    private final int[] integers;

    /**
     * Room for vectors.
     *
     * @param vectors   how many
     * @param length    numbers of a vector
     * @param group     numbers that share a scale; divides the length
     * @param bits      bits of a code, 1 to 8
     * @param scaleType type of scales and minima: F16 or F32
     * @param scope     where the memory lives
     */
    public PackedVectors(int vectors, int length, int group, int bits, DataType scaleType, Scope scope) {
        requireNonNull(scope, "scope is null");
        if (group < 1 || length % group != 0) {
            throw new IllegalArgumentException("Groups of " + group + " do not divide vectors of " + length + ".");
        }
        if (scaleType != DataType.F16 && scaleType != DataType.F32) {
            throw new IllegalArgumentException("Scales are stored as F16 or F32, not " + scaleType + ".");
        }
        this.length = length;
        this.group = group;
        this.bits = bits;
        this.codes = scope.zeros(DataType.U8, vectors, BitPacking.rowBytes(length, bits));
        this.scales = scope.zeros(scaleType, vectors, length / group);
        this.minima = scope.zeros(scaleType, vectors, length / group);
        this.steps = new StoredFloats(scales);
        this.lowest = new StoredFloats(minima);
        this.integers = new int[length];
    }

    /**
     * Quantises a vector to the nearest codes between each group's smallest and largest number.
     *
     * @param vector which one is replaced
     * @param values [length]
     */
    public void put(int vector, float[] values) {
        for (int from = 0; from < length; from += group) {
            putGroup(vector, from, values);
        }
        MemorySegment row = codes.row(vector).segment();
        row.fill((byte) 0);
        BitPacking.packRow(integers, length, bits, row, 0);
    }

    private void putGroup(int vector, int from, float[] values) {
        float low = Float.POSITIVE_INFINITY;
        float high = Float.NEGATIVE_INFINITY;
        for (int i = from; i < from + group; i++) {
            low = Math.min(low, values[i]);
            high = Math.max(high, values[i]);
        }
        int top = (1 << bits) - 1;
        long at = (long) vector * (length / group) + from / group;
        float scale = steps.set(at, (high - low) / top);
        // Rounding may turn a tiny scale into zero.
        if (scale == 0) {
            scale = steps.set(at, 1);
        }
        float minimum = lowest.set(at, low);
        for (int i = from; i < from + group; i++) {
            integers[i] = (int) Math.rint(Math.clamp((values[i] - minimum) / scale, 0f, (float) top));
        }
    }

    /**
     * Decodes part of a vector.
     *
     * @param vector which one
     * @param from   first number
     * @param count  how many
     * @param target where they go
     * @param at     index of the first in the target
     */
    public void get(int vector, int from, int count, float[] target, int at) {
        MemorySegment packed = codes.segment();
        long row = (long) vector * codes.size(1);
        long groups = (long) vector * (length / group);
        int i = from;
        while (i < from + count) {
            int end = Math.min(from + count, (i / group + 1) * group);
            float scale = steps.get(groups + i / group);
            float minimum = lowest.get(groups + i / group);
            decode(packed, row, i, end, scale, minimum, target, at + i - from);
            i = end;
        }
    }

    private void decode(
            MemorySegment packed, long row, int from, int to, float scale, float minimum, float[] target, int at) {
        int done = switch (bits) {
            case 2 -> decodeTwo(packed, row, from, to, scale, minimum, target, at);
            case 4 -> decodeFour(packed, row, from, to, scale, minimum, target, at);
            case 8 -> decodeEight(packed, row, from, to, scale, minimum, target, at);
            default -> from;
        };
        for (int i = done; i < to; i++) {
            target[at + i - from] = BitPacking.get(packed, row, i, bits) * scale + minimum;
        }
    }

    // Whole bytes of codes that do not cross bytes, without the reader's general shifts; the others are left to it.

    private static int decodeEight(
            MemorySegment packed, long row, int from, int to, float scale, float minimum, float[] target, int at) {
        for (int i = from; i < to; i++) {
            target[at + i - from] = (packed.get(ValueLayout.JAVA_BYTE, row + i) & 0xff) * scale + minimum;
        }
        return to;
    }

    private static int decodeFour(
            MemorySegment packed, long row, int from, int to, float scale, float minimum, float[] target, int at) {
        if (from % 2 != 0) {
            return from;
        }
        int bytes = (to - from) / 2;
        for (int i = 0; i < bytes; i++) {
            int word = packed.get(ValueLayout.JAVA_BYTE, row + from / 2 + i);
            target[at + 2 * i] = (word & 15) * scale + minimum;
            target[at + 2 * i + 1] = (word >> 4 & 15) * scale + minimum;
        }
        return from + 2 * bytes;
    }

    private static int decodeTwo(
            MemorySegment packed, long row, int from, int to, float scale, float minimum, float[] target, int at) {
        if (from % 4 != 0) {
            return from;
        }
        int bytes = (to - from) / 4;
        for (int i = 0; i < bytes; i++) {
            int word = packed.get(ValueLayout.JAVA_BYTE, row + from / 4 + i);
            target[at + 4 * i] = (word & 3) * scale + minimum;
            target[at + 4 * i + 1] = (word >> 2 & 3) * scale + minimum;
            target[at + 4 * i + 2] = (word >> 4 & 3) * scale + minimum;
            target[at + 4 * i + 3] = (word >> 6 & 3) * scale + minimum;
        }
        return from + 4 * bytes;
    }

    /**
     * Decodes a part of each of some vectors into the columns of a matrix: channels that were packed along tokens, as tokens.
     *
     * @param first  first vector; there are as many as the target has columns
     * @param from   first number of every vector
     * @param count  how many of each
     * @param target [rows, vectors] float32, contiguous
     * @param row    first row that is written
     */
    public void readColumns(int first, int from, int count, Tensor target, int row) {
        float[] rows = new float[count * target.size(1)];
        readColumns(first, target.size(1), from, count, rows);
        MemorySegment.copy(rows, 0, target.segment(), ValueLayout.JAVA_FLOAT, (long) row * target.size(1) * Float.BYTES,
                rows.length);
    }

    /**
     * Decodes a part of each of some vectors into the columns of a row-major matrix.
     *
     * @param first  first vector
     * @param width  vectors, and columns of the matrix
     * @param from   first number of every vector
     * @param count  how many of each, the rows of the matrix
     * @param target [count, width]
     */
    public void readColumns(int first, int width, int from, int count, float[] target) {
        float[] channel = new float[count];
        for (int c = 0; c < width; c++) {
            get(first + c, from, count, channel, 0);
            for (int t = 0, at = c; t < count; t++, at += width) {
                target[at] = channel[t];
            }
        }
    }

    /**
     * The codes of a vector.
     *
     * @param vector which one
     * @param target receives [length] codes
     */
    public void codes(int vector, int[] target) {
        BitPacking.unpackRow(codes.row(vector).segment(), 0, length, bits, target);
    }

    /**
     * The step of a group.
     *
     * @param vector which vector
     * @param g      which of its groups
     * @return the scale as stored
     */
    public double scale(int vector, int g) {
        return scales.get(vector, g);
    }

    /**
     * The smallest number of a group.
     *
     * @param vector which vector
     * @param g      which of its groups
     * @return the minimum as stored
     */
    public double minimum(int vector, int g) {
        return minima.get(vector, g);
    }

    /**
     * Size of a vector.
     *
     * @return numbers
     */
    public int length() {
        return length;
    }

    /**
     * Size of a group.
     *
     * @return numbers that share a scale
     */
    public int group() {
        return group;
    }

    /**
     * Size of a code.
     *
     * @return bits
     */
    public int bits() {
        return bits;
    }

    /**
     * All codes, for kernels that read them packed.
     *
     * @return U8 [vectors, bytes of a vector], low bits first
     */
    public Tensor packed() {
        return codes;
    }

    /**
     * All scales.
     *
     * @return [vectors, length/group]
     */
    public Tensor scales() {
        return scales;
    }

    /**
     * All minima.
     *
     * @return [vectors, length/group]
     */
    public Tensor minima() {
        return minima;
    }

    /**
     * Memory taken.
     *
     * @return bytes of codes, scales and minima
     */
    public long bytes() {
        return codes.bytes() + scales.bytes() + minima.bytes();
    }
}
