package lathe.gear;

import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Optional;

import lathe.gear.Layout.Form;
import lathe.spi.kv.StoredBlock.ReplacedNumbers;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Selection;
import lathe.spi.tensor.Tensor;

/**
 * S: the largest and the smallest numbers of every vector, with their places in the vector, ascending.
 *
 * @param layout which numbers make a vector: a key's channel over the tokens, or a token's channels of all heads
 * @param places [vectors, count]
 * @param values [vectors, count]
 */
record Outliers(Layout layout, Tensor places, Tensor values) {
    private static final int WORD = 1 << Short.SIZE;

    /**
     * Takes the outliers out of a block: their places get the mean of their vector.
     *
     * @param block row-major, changed
     * @param share of a vector, both ends together
     */
    static Outliers takeFrom(float[] block, Layout layout, double share, DataType type, Scope scope) {
        int length = layout.length();
        int half = Math.min((int) Math.floor(share * length / 2), length / 2);
        Tensor places = scope.zeros(length <= WORD ? DataType.U16 : DataType.I32, layout.vectors(), 2 * half);
        Tensor values = scope.zeros(type, layout.vectors(), 2 * half);
        Outliers outliers = new Outliers(layout, places, values);
        float[] vector = new float[length];
        for (int v = 0; half > 0 && v < layout.vectors(); v++) {
            layout.gather(block, v, vector);
            outliers.take(v, vector, half, block);
        }
        return outliers;
    }

    private void take(int v, float[] vector, int half, float[] block) {
        double sum = 0;
        for (float number : vector) {
            sum += number;
        }
        float mean = (float) (sum / vector.length);
        int[] chosen = ends(vector, half);
        for (int j = 0; j < chosen.length; j++) {
            places.set(chosen[j], v, j);
            values.set(vector[chosen[j]], v, j);
            block[layout.index(v, chosen[j])] = mean;
        }
    }

    /** Places of the largest and of the smallest of the others. */
    private static int[] ends(float[] vector, int half) {
        int[] largest = Selection.indices(Selection.largest(vector, half));
        float[] others = new float[vector.length];
        for (int i = 0; i < others.length; i++) {
            others[i] = -vector[i];
        }
        for (int place : largest) {
            others[place] = Float.NEGATIVE_INFINITY;
        }
        int[] chosen = Arrays.copyOf(largest, 2 * half);
        System.arraycopy(Selection.indices(Selection.largest(others, half)), 0, chosen, half, half);
        Arrays.sort(chosen);
        return chosen;
    }

    int count() {
        return places.size(1);
    }

    /** Puts outliers of tokens [from, from + count) of a head over the rows of a block [count, width]. */
    void overwrite(int head, int from, int count, float[] rows) {
        int width = layout.width();
        int begin = head * width;
        if (count() > 0 && layout.form() == Form.CHANNELS) {
            for (int channel = 0; channel < width; channel++) {
                int vector = begin + channel;
                for (int j = first(vector, from); j < count() && place(vector, j) < from + count; j++) {
                    rows[(place(vector, j) - from) * width + channel] = (float) values.get(vector, j);
                }
            }
        } else if (count() > 0) {
            for (int token = from; token < from + count; token++) {
                for (int j = first(token, begin); j < count() && place(token, j) < begin + width; j++) {
                    rows[(token - from) * width + place(token, j) - begin] = (float) values.get(token, j);
                }
            }
        }
    }

    /** A head's outliers for kernels that add them; empty without any. */
    Optional<ReplacedNumbers> stored(int head) {
        int begin = head * layout.width();
        if (count() == 0) {
            return Optional.empty();
        }
        return Optional.of(layout.form() == Form.CHANNELS
                ? new ReplacedNumbers(places, values, begin, 1, 0)
                : new ReplacedNumbers(places, values, 0, 1, begin));
    }

    private int place(int vector, int j) {
        long index = (long) vector * count() + j;
        return places.type() == DataType.U16
                ? Short.toUnsignedInt(places.segment().getAtIndex(ValueLayout.JAVA_SHORT, index))
                : places.segment().getAtIndex(ValueLayout.JAVA_INT, index);
    }

    /** The first outlier of a vector that is not before a place. */
    private int first(int vector, int from) {
        int low = 0;
        int high = count();
        while (low < high) {
            int middle = (low + high) / 2;
            if (place(vector, middle) < from) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    long bytes() {
        return places.bytes() + values.bytes();
    }
}
