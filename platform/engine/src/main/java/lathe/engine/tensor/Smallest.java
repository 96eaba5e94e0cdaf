package lathe.engine.tensor;

import java.util.Arrays;

/** The smallest of many different numbers, in order. */
final class Smallest {
    private Smallest() {}

    /** Moves the k smallest keys to the front, ascending. No two keys are equal. */
    static void sortFirst(long[] keys, int k) {
        if (k < keys.length && k > 0) {
            partition(keys, k);
        }
        Arrays.sort(keys, 0, k);
    }

    /** Quickselect with a median of three; a range that shrinks too slowly is sorted, so that n log n is the limit. */
    private static void partition(long[] keys, int k) {
        int low = 0;
        int high = keys.length - 1;
        int rounds = 2 * (32 - Integer.numberOfLeadingZeros(keys.length));
        while (high - low > 32) {
            if (rounds-- == 0) {
                break;
            }
            long pivot = median(keys[low], keys[low + high >>> 1], keys[high]);
            int i = low;
            int j = high;
            while (i <= j) {
                while (keys[i] < pivot) {
                    i++;
                }
                while (keys[j] > pivot) {
                    j--;
                }
                if (i <= j) {
                    long swapped = keys[i];
                    keys[i++] = keys[j];
                    keys[j--] = swapped;
                }
            }
            if (k - 1 <= j) {
                high = j;
            } else if (k - 1 >= i) {
                low = i;
            } else {
                return;
            }
        }
        Arrays.sort(keys, low, high + 1);
    }

    private static long median(long a, long b, long c) {
        return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    }
}
