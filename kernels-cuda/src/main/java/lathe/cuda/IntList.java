package lathe.cuda;

import java.util.Arrays;

/** A growing list of integers without boxes. */
final class IntList {
    private int[] elements = new int[64];
    private int size;

    int size() {
        return size;
    }

    int get(int index) {
        return elements[index];
    }

    IntList add(int... more) {
        if (size + more.length > elements.length) {
            elements = Arrays.copyOf(elements, Math.max(size + more.length, 2 * elements.length));
        }
        System.arraycopy(more, 0, elements, size, more.length);
        size += more.length;
        return this;
    }

    int[] toArray() {
        return Arrays.copyOf(elements, size);
    }
}
