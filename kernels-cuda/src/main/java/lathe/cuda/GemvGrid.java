package lathe.cuda;

import java.lang.foreign.MemorySegment;

/** How the kernels of matrix-vector products are launched; the numbers are those of device.cuh. */
final class GemvGrid {
    private static final int THREADS = 256;
    private static final int ROWS_PER_BLOCK = 16;
    private static final int SHARED_BYTES = 4 * 4096;
    /** Tokens that a weight is read once for. */
    private static final int MANY = 4;
    private static final int MOST_BLOCKS = 65_535;
    /** Tokens of one call: a grid has no more blocks in its second direction. */
    static final int MOST_TOKENS = MANY * MOST_BLOCKS;

    private GemvGrid() {}

    static void launch(Device.Stream stream, String kernel, int rows, int tokens, boolean alwaysMany,
            MemorySegment arguments) {
        int atATime = tokens == 1 && !alwaysMany ? 1 : MANY;
        stream.launch(
                kernel + "_tokens" + atATime,
                (rows + ROWS_PER_BLOCK - 1) / ROWS_PER_BLOCK,
                (tokens + atATime - 1) / atATime,
                THREADS,
                SHARED_BYTES,
                arguments);
    }
}
