package lathe.engine.tensor;

import java.lang.foreign.MemorySegment;

/**
 * A target matrix cut into tiles, counted row by row. Large tiles waste less on packing, several of them let several
 * threads work: as large as still leaves {@link #ENOUGH} of them, whatever the number of threads.
 *
 * @param rows    rows of the matrix
 * @param columns its columns
 * @param tall    rows of a tile
 * @param wide    columns of a tile
 */
record Tiling(int rows, int columns, int tall, int wide) {
    /** Measured: at 1024 a tile is as fast as the whole, at 512 it loses 5 to 10 percent. */
    private static final int LARGEST = 1024;
    private static final int SMALLEST = 64;
    private static final int ENOUGH = 4;

    static Tiling of(int rows, int columns) {
        int tall = Math.min(rows, LARGEST);
        int wide = Math.min(columns, LARGEST);
        while (count(rows, tall) * count(columns, wide) < ENOUGH && Math.max(tall, wide) > SMALLEST) {
            if (wide >= tall) {
                wide = half(wide);
            } else {
                tall = half(tall);
            }
        }
        return new Tiling(rows, columns, tall, wide);
    }

    /** Equal borders across and down, so that the mirror image of a tile is a tile. */
    static Tiling square(int size) {
        int side = Math.min(size, LARGEST);
        while (count(size, side) * (count(size, side) + 1) / 2 < ENOUGH && side > SMALLEST) {
            side = half(side);
        }
        return new Tiling(size, size, side, side);
    }

    /** A half, rounded up to whole rows of what the kernels of the product do at once. */
    private static int half(int side) {
        return (side / 2 + 15) / 16 * 16;
    }

    private static int count(int size, int tile) {
        return (size + tile - 1) / tile;
    }

    int across() {
        return count(columns, wide);
    }

    int count() {
        return Math.multiplyExact(count(rows, tall), across());
    }

    int top(int tile) {
        return tile / across() * tall;
    }

    int left(int tile) {
        return tile % across() * wide;
    }

    int height(int top) {
        return Math.min(tall, rows - top);
    }

    int width(int left) {
        return Math.min(wide, columns - left);
    }

    MemorySegment at(MemorySegment target, int top, int left) {
        return target.asSlice(4 * ((long) top * columns + left));
    }
}
