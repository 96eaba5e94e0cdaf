package lathe.fastgen;

import java.util.Arrays;
import java.util.LinkedList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Attention that the stored tokens of a head received in the last records (step 6); a record a step, the prompt's mean first.
 * The mean of a token goes over the records since it came. Records are summed in sixteenths of the window and forgotten with
 * the whole of the oldest, so that remembering costs a token 16 numbers at most, not one a step.
 */
final class AttentionHistory {
    private static final int PARTS = 16;

    private final int partLength;
    private final int mostParts;
    private final boolean released;
    private final List<float[]> parts = new LinkedList<>();
    private int[] counts = new int[0];
    private int inLastPart;
    private int recorded;

    /**
     * @param window   records that are remembered
     * @param released as in the reproduction: a token takes over the records of the one whose slot it gets (a copy of them is
     *                 reset), every slot counts from the prompt on, and records are forgotten one by one
     */
    AttentionHistory(int window, boolean released) {
        this.partLength = released ? 1 : Math.ceilDiv(window, PARTS);
        this.mostParts = Math.ceilDiv(window, partLength);
        this.released = released;
    }

    /** Takes a record: one number a slot; slots that were not there yet begin now. */
    void add(float[] attention) {
        if (parts.isEmpty() || inLastPart == partLength) {
            if (parts.size() == mostParts) {
                parts.removeFirst();
            }
            parts.add(new float[0]);
            inLastPart = 0;
        }
        float[] sum = Arrays.copyOf(parts.removeLast(), attention.length);
        for (int slot = 0; slot < sum.length; slot++) {
            sum[slot] += attention[slot];
        }
        parts.add(sum);
        inLastPart++;
        int known = counts.length;
        counts = Arrays.copyOf(counts, attention.length);
        Arrays.fill(counts, known, counts.length, released ? recorded : 0);
        recorded++;
        int remembered = (parts.size() - 1) * partLength + inLastPart;
        for (int slot = 0; slot < counts.length; slot++) {
            counts[slot] = Math.min(counts[slot] + 1, remembered);
        }
    }

    /** A slot is given up, later ones move down: it is forgotten, or becomes the last, which the next token gets. */
    void remove(int slot) {
        int slots = counts.length;
        if (slot >= slots) {
            return;
        }
        int[] order = IntStream.concat(IntStream.range(0, slots).filter(other -> other != slot),
                released ? IntStream.of(slot) : IntStream.empty()).toArray();
        counts = IntStream.of(order).map(other -> counts[other]).toArray();
        parts.replaceAll(part -> ordered(part, order));
    }

    private static float[] ordered(float[] part, int[] order) {
        float[] result = new float[order.length];
        for (int i = 0; i < order.length; i++) {
            result[i] = order[i] < part.length ? part[order[i]] : 0;
        }
        return result;
    }

    /** Mean attention of every slot. */
    double[] means(int slots) {
        double[] means = new double[slots];
        for (float[] part : parts) {
            for (int slot = 0; slot < part.length; slot++) {
                means[slot] += part[slot];
            }
        }
        for (int slot = 0; slot < slots; slot++) {
            means[slot] /= slot < counts.length ? Math.max(1, counts[slot]) : 1;
        }
        return means;
    }

    long bytes() {
        return parts.stream().mapToLong(part -> (long) part.length * Float.BYTES).sum()
                + (long) counts.length * Integer.BYTES;
    }
}
