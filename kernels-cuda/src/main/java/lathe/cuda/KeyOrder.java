package lathe.cuda;

/** The positions of a head's keys. In most caches they ascend, and then what a query reads is found by halving. */
final class KeyOrder {
    private final DeviceKeys keys;
    private final int kvHead;
    private final int size;
    private final boolean ascending;

    KeyOrder(DeviceKeys keys, int kvHead) {
        this.keys = keys;
        this.kvHead = kvHead;
        this.size = keys.count(kvHead);
        boolean sorted = true;
        for (int slot = 1; slot < size; slot++) {
            sorted &= position(slot - 1) <= position(slot);
        }
        this.ascending = sorted;
    }

    int size() {
        return size;
    }

    boolean ascending() {
        return ascending;
    }

    int position(int slot) {
        return keys.position(kvHead, slot);
    }

    /** First slot of [from, to) with at least a position, to if there is none; for ascending positions. */
    int firstAtLeast(int from, int to, long position) {
        int low = from;
        int high = Math.max(from, to);
        while (low < high) {
            int middle = low + high >>> 1;
            if (position(middle) < position) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
