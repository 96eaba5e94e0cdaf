package lathe.fastgen;

import java.util.Arrays;
import java.util.LinkedList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Attention that the stored tokens of a head received in the last records (step 6); a record a step, the prompt's mean first.
 * The mean of a token goes over the records since it came.
 */
final class AttentionHistory {
    private final int window;
    private final List<float[]> records = new LinkedList<>();
    private final boolean inherits;
    private int[] counts = new int[0];
    private int recorded;

    /**
     * @param window   records that are remembered
     * @param inherits whether a token takes over the records of the one whose slot it gets, and every slot counts from the
     *                 prompt on: the reproduction resets a copy of both
     */
    AttentionHistory(int window, boolean inherits) {
        this.window = window;
        this.inherits = inherits;
    }

    /** Takes a record: one number a slot; slots that were not there yet begin now. */
    void add(float[] attention) {
        if (records.size() == window) {
            records.removeFirst();
        }
        records.add(attention.clone());
        int known = counts.length;
        counts = Arrays.copyOf(counts, attention.length);
        Arrays.fill(counts, known, counts.length, inherits ? recorded : 0);
        recorded++;
        for (int slot = 0; slot < counts.length; slot++) {
            counts[slot] = Math.min(counts[slot] + 1, window);
        }
    }

    /** A slot is given up, later ones move down: it is forgotten, or becomes the last, which the next token gets. */
    void remove(int slot) {
        int slots = counts.length;
        if (slot >= slots) {
            return;
        }
        int[] order = IntStream.concat(IntStream.range(0, slots).filter(other -> other != slot),
                inherits ? IntStream.of(slot) : IntStream.empty()).toArray();
        counts = IntStream.of(order).map(other -> counts[other]).toArray();
        records.replaceAll(record -> ordered(record, order));
    }

    private static float[] ordered(float[] record, int[] order) {
        float[] result = new float[order.length];
        for (int i = 0; i < order.length; i++) {
            result[i] = order[i] < record.length ? record[order[i]] : 0;
        }
        return result;
    }

    /** Mean attention of every slot. */
    double[] means(int slots) {
        double[] means = new double[slots];
        for (float[] record : records) {
            for (int slot = 0; slot < record.length; slot++) {
                means[slot] += record[slot];
            }
        }
        for (int slot = 0; slot < slots; slot++) {
            means[slot] /= slot < counts.length ? Math.max(1, counts[slot]) : 1;
        }
        return means;
    }

    long bytes() {
        return records.stream().mapToLong(record -> (long) record.length * Float.BYTES).sum()
                + (long) counts.length * Integer.BYTES;
    }
}
