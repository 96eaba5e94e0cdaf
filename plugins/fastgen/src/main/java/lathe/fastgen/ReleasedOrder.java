package lathe.fastgen;

import java.util.stream.IntStream;

/**
 * The order in which the reproduction (AnswerDotAI/cold-compress, cache.py, profile_and_update) puts a prompt's tokens into
 * slots: those that stay first, by a sort that is not stable. It runs on the sort of the C++ library that it was built with,
 * which is introspective sorting: quicksort around the median of the second, the middle and the last, parts of at most 16
 * left to one insertion sort at the end. (Two values never split so badly that it would turn to heapsort.)
 */
final class ReleasedOrder {
    private static final int SMALL = 16;

    private final boolean[] stays;
    private final int[] order;

    private ReleasedOrder(boolean[] stays) {
        this.stays = stays;
        this.order = IntStream.range(0, stays.length).toArray();
    }

    /**
     * Tokens in the order of their slots.
     *
     * @param stays of every token of the prompt, whether it stays
     * @return all tokens, those that stay first
     */
    static int[] chosenFirst(boolean[] stays) {
        ReleasedOrder sorted = new ReleasedOrder(stays);
        sorted.quicksort(0, stays.length);
        sorted.insertion();
        return sorted.order;
    }

    private boolean before(int token, int other) {
        return stays[token] && !stays[other];
    }

    private void quicksort(int from, int to) {
        int end = to;
        while (end - from > SMALL) {
            swap(from, median(from + 1, from + (end - from) / 2, end - 1));
            int cut = partition(from + 1, end, order[from]);
            quicksort(cut, end);
            end = cut;
        }
    }

    private int median(int a, int b, int c) {
        if (before(order[a], order[b])) {
            return before(order[b], order[c]) ? b : before(order[a], order[c]) ? c : a;
        }
        return before(order[a], order[c]) ? a : before(order[b], order[c]) ? c : b;
    }

    private int partition(int from, int to, int pivot) {
        int low = from;
        int high = to;
        while (true) {
            while (before(order[low], pivot)) {
                low++;
            }
            high--;
            while (before(pivot, order[high])) {
                high--;
            }
            if (low >= high) {
                return low;
            }
            swap(low, high);
            low++;
        }
    }

    /** Within the first part a token that comes before all goes to the front at once, without passing its equals. */
    private void insertion() {
        for (int i = 1; i < order.length; i++) {
            int token = order[i];
            int slot = i;
            boolean toFront = i < SMALL && before(token, order[0]);
            while (slot > 0 && (toFront || before(token, order[slot - 1]))) {
                order[slot] = order[slot - 1];
                slot--;
            }
            order[slot] = token;
        }
    }

    private void swap(int slot, int other) {
        int token = order[slot];
        order[slot] = order[other];
        order[other] = token;
    }
}
