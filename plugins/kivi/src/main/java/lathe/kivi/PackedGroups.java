package lathe.kivi;

import java.lang.foreign.MemorySegment;

import lathe.spi.operator.BitPacking;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Vectors of codes with a scale and a minimum a group: x = code * scale + minimum (step 11). One vector is a key's channel
 * over a group of tokens, or a token's value.
 */
final class PackedGroups {
    private final int length;
    private final int group;
    private final int bits;
    private final Tensor codes;
    private final Tensor scales;
    private final Tensor minima;
    private final int[] integers;

    /**
     * Room for vectors.
     *
     * @param vectors how many
     * @param length  numbers of a vector
     * @param group   numbers that share a scale
     */
    PackedGroups(int vectors, int length, int group, int bits, DataType scaleType, Scope scope) {
        this.length = length;
        this.group = group;
        this.bits = bits;
        this.codes = scope.zeros(DataType.U8, vectors, BitPacking.rowBytes(length, bits));
        this.scales = scope.zeros(scaleType, vectors, length / group);
        this.minima = scope.zeros(scaleType, vectors, length / group);
        this.integers = new int[length];
    }

    /** Quantises a vector. */
    void put(int vector, float[] values) {
        int top = (1 << bits) - 1;
        for (int g = 0; g < length / group; g++) {
            float low = Float.POSITIVE_INFINITY;
            float high = Float.NEGATIVE_INFINITY;
            for (int i = g * group; i < (g + 1) * group; i++) {
                low = Math.min(low, values[i]);
                high = Math.max(high, values[i]);
            }
            float scale = (high - low) / top;
            scales.set(scale, vector, g);
            minima.set(low, vector, g);
            // Codes are taken from what is stored: rounding may turn a tiny scale into zero.
            float storedScale = (float) scales.get(vector, g);
            if (storedScale == 0) {
                storedScale = 1;
                scales.set(1, vector, g);
            }
            float storedLow = (float) minima.get(vector, g);
            for (int i = g * group; i < (g + 1) * group; i++) {
                integers[i] = (int) Math.rint(Math.clamp((values[i] - storedLow) / storedScale, 0f, (float) top));
            }
        }
        MemorySegment row = codes.row(vector).segment();
        row.fill((byte) 0);
        BitPacking.packRow(integers, length, bits, row, 0);
    }

    /** Decodes a vector. May be called by several threads. */
    void get(int vector, float[] target) {
        MemorySegment row = codes.row(vector).segment();
        for (int g = 0; g < length / group; g++) {
            float scale = (float) scales.get(vector, g);
            float low = (float) minima.get(vector, g);
            for (int i = g * group; i < (g + 1) * group; i++) {
                target[i] = BitPacking.get(row, 0, i, bits) * scale + low;
            }
        }
    }

    /** The codes of a vector. */
    void codes(int vector, int[] target) {
        BitPacking.unpackRow(codes.row(vector).segment(), 0, length, bits, target);
    }

    double scale(int vector, int g) {
        return scales.get(vector, g);
    }

    double minimum(int vector, int g) {
        return minima.get(vector, g);
    }

    int length() {
        return length;
    }

    long bytes() {
        return codes.bytes() + scales.bytes() + minima.bytes();
    }
}
