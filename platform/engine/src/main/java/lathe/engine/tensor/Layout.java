package lathe.engine.tensor;

import java.util.Arrays;

import lathe.spi.tensor.Shape;

/** Sizes and strides of views. */
final class Layout {
    private Layout() {}

    static long[] rowMajor(int[] sizes) {
        long[] strides = new long[sizes.length];
        long stride = 1;
        for (int i = sizes.length - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= Math.max(1, sizes[i]);
        }
        return strides;
    }

    static boolean isRowMajor(int[] sizes, long[] strides) {
        long expected = 1;
        for (int i = sizes.length - 1; i >= 0; i--) {
            if (sizes[i] == 0) {
                return true;
            }
            if (sizes[i] != 1 && strides[i] != expected) {
                return false;
            }
            expected *= sizes[i];
        }
        return true;
    }

    /** Elements from the first to the last one, both included; 0 if there is none. */
    static long span(int[] sizes, long[] strides) {
        long last = 0;
        for (int i = 0; i < sizes.length; i++) {
            if (sizes[i] == 0) {
                return 0;
            }
            last += (sizes[i] - 1) * strides[i];
        }
        return last + 1;
    }

    static int dimension(String operation, int dimension, int[] sizes) {
        int index = dimension < 0 ? sizes.length + dimension : dimension;
        if (index < 0 || index >= sizes.length) {
            throw new IllegalArgumentException(
                    operation + ": a tensor of " + Arrays.toString(sizes) + " has no dimension " + dimension + ".");
        }
        return index;
    }

    static int[] without(int[] sizes, int dimension) {
        int[] rest = new int[sizes.length - 1];
        System.arraycopy(sizes, 0, rest, 0, dimension);
        System.arraycopy(sizes, dimension + 1, rest, dimension, rest.length - dimension);
        return rest;
    }

    static long[] without(long[] strides, int dimension) {
        long[] rest = new long[strides.length - 1];
        System.arraycopy(strides, 0, rest, 0, dimension);
        System.arraycopy(strides, dimension + 1, rest, dimension, rest.length - dimension);
        return rest;
    }

    static IllegalArgumentException mismatch(String operation, Shape left, Shape right) {
        return new IllegalArgumentException(operation + ": " + left + " and " + right + " do not fit together.");
    }
}
