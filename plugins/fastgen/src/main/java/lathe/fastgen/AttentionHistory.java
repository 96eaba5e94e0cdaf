package lathe.fastgen;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * Attention that the stored tokens of a head received in the last records (step 6); a record a step, the prompt's mean first.
 * The mean of a token goes over the records since it came.
 */
final class AttentionHistory {
    private final int window;
    private final Deque<float[]> records = new ArrayDeque<>();
    private int[] counts = new int[0];

    AttentionHistory(int window) {
        this.window = window;
    }

    /** Takes a record: one number a slot; slots that were not there yet begin now. */
    void add(float[] attention) {
        if (records.size() == window) {
            records.removeFirst();
        }
        records.addLast(attention.clone());
        counts = Arrays.copyOf(counts, attention.length);
        for (int slot = 0; slot < counts.length; slot++) {
            counts[slot] = Math.min(counts[slot] + 1, window);
        }
    }

    /** Forgets a slot; later ones move down. */
    void remove(int slot) {
        Deque<float[]> shorter = new ArrayDeque<>();
        for (float[] record : records) {
            shorter.addLast(slot < record.length ? without(record, slot) : record);
        }
        records.clear();
        records.addAll(shorter);
        if (slot < counts.length) {
            int[] left = new int[counts.length - 1];
            System.arraycopy(counts, 0, left, 0, slot);
            System.arraycopy(counts, slot + 1, left, slot, left.length - slot);
            counts = left;
        }
    }

    private static float[] without(float[] record, int slot) {
        float[] left = new float[record.length - 1];
        System.arraycopy(record, 0, left, 0, slot);
        System.arraycopy(record, slot + 1, left, slot, left.length - slot);
        return left;
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
