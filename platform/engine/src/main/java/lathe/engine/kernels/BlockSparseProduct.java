package lathe.engine.kernels;

import static lathe.engine.kernels.TransposeLoop.EIGHT;

import lathe.spi.numeric.Parallel;

/**
 * A block-sparse weight times many inputs. Inputs are transposed, {@link SpmmLoop#WIDTH} at a time, so that a stored
 * number meets a row of them. Blocks are taken by chunks of columns whose inputs stay in the first-level cache while
 * all rows of a strip add theirs to sums in the second-level cache.
 */
final class BlockSparseProduct {
    private static final int WIDTH = SpmmLoop.WIDTH;
    private static final long FAR = 4L * WIDTH;
    /** Columns that are transposed at a time. */
    private static final int TILE = 128;
    /** Bytes of a chunk's inputs: half of the first-level cache. */
    private static final int CHUNK_BYTES = 16 << 10;
    /** Bytes of a strip's sums. */
    private static final int STRIP_BYTES = 128 << 10;
    /** Numbers of inputs that are transposed before they are multiplied. */
    private static final int ROUND = 1 << 20;

    private final int outFeatures;
    private final int inFeatures;
    private final int blockRows;
    private final int blockColumns;
    private final Blocks blocks;
    private final int stripBlocks;
    private final int chunks;
    private final int chunkColumns;

    /** Stored blocks, one row of blocks after the other. */
    interface Blocks {
        /** The first block of a row of blocks; after the last row the number of blocks. */
        int start(int blockRow);

        /** The block column of a block. */
        int column(int block);

        /** Copies the numbers of a block into an array, from an index on. */
        void read(int block, float[] to, int at);

        /** The address of a block's numbers as float32: where they are stored so, or some memory that receives them. */
        long read(int block, long some);
    }

    /**
     * A weight.
     *
     * @param outFeatures  rows
     * @param inFeatures   columns
     * @param blockRows    rows of a block
     * @param blockColumns columns of a block
     * @param blocks       what is stored
     */
    BlockSparseProduct(int outFeatures, int inFeatures, int blockRows, int blockColumns, Blocks blocks) {
        this.outFeatures = outFeatures;
        this.inFeatures = inFeatures;
        this.blockRows = blockRows;
        this.blockColumns = blockColumns;
        this.blocks = blocks;
        this.stripBlocks = Math.max(1, STRIP_BYTES / (4 * WIDTH * blockRows));
        this.chunkColumns = Math.max(1, CHUNK_BYTES / (4 * WIDTH * blockColumns));
        this.chunks = (inFeatures / blockColumns + chunkColumns - 1) / chunkColumns;
    }

    /** y = x W^T. */
    void apply(Batch input, Batch output, Parallel parallel) {
        int blocksOfRows = outFeatures / blockRows;
        Order[] orders = new Order[(blocksOfRows + stripBlocks - 1) / stripBlocks];
        parallel.forEach(orders.length, 1, (from, to) -> {
            for (int i = from; i < to; i++) {
                orders[i] = sort(i * stripBlocks, Math.min(blocksOfRows, (i + 1) * stripBlocks));
            }
        });
        int panels = (input.rows() + WIDTH - 1) / WIDTH;
        int panelSize = Math.multiplyExact(inFeatures, WIDTH);
        int together = Math.clamp(ROUND / panelSize, 1, panels);
        try (Scratch.Frame frame = Scratch.frame()) {
            long transposed = frame.floats((long) together * panelSize);
            for (int panel = 0; panel < panels; panel += together) {
                int count = Math.min(together, panels - panel);
                transpose(input, panel, count, transposed, parallel);
                add(panel, count, orders, transposed, output, parallel);
            }
        }
    }

    private void transpose(Batch input, int firstPanel, int panels, long to, Parallel parallel) {
        int tiles = Math.ceilDiv(inFeatures, TILE);
        parallel.forEach(panels * tiles, 1, (from, end) -> {
            for (int i = from; i < end; i++) {
                int first = (firstPanel + i / tiles) * WIDTH;
                int count = Math.min(WIDTH, input.rows() - first);
                int last = Math.min(inFeatures, (i % tiles + 1) * TILE);
                int column = i % tiles * TILE;
                long at = to + FAR * ((long) (i / tiles) * inFeatures + column);
                int n = 0;
                for (; n <= count - EIGHT; n += EIGHT) {
                    TransposeLoop.together(input.row(first + n) + 4L * column, 4 * input.stride(), last - column,
                            at + 4L * n, FAR);
                }
                for (; n < count; n++) {
                    TransposeLoop.one(input.row(first + n) + 4L * column, 4, last - column, at + 4L * n, FAR);
                }
            }
        });
    }

    private void add(int firstPanel, int panels, Order[] orders, long transposed, Batch output, Parallel parallel) {
        int strips = orders.length;
        parallel.forEach(panels * strips, 1, (from, to) -> {
            try (Scratch.Frame frame = Scratch.frame()) {
                long bytes = 4L * stripBlocks * blockRows * WIDTH;
                long sums = frame.bytes(bytes);
                for (int i = from; i < to; i++) {
                    int panel = i / strips;
                    int first = i % strips * stripBlocks;
                    int last = Math.min(outFeatures / blockRows, first + stripBlocks);
                    Memory.clear(sums, bytes);
                    add(orders[i % strips], first, transposed + 4L * panel * inFeatures * WIDTH, sums);
                    write(sums, first * blockRows, last * blockRows, (firstPanel + panel) * WIDTH, output);
                }
            }
        });
    }

    /** Adds all blocks of a strip. */
    private void add(Order order, int first, long input, long sums) {
        for (int i = 0; i < order.rows.length; i++) {
            addBlock(order.weights, i * blockRows * blockColumns,
                    input + 4L * order.columns[i] * blockColumns * WIDTH,
                    sums + 4L * (order.rows[i] - first) * blockRows * WIDTH);
        }
    }

    /**
     * Blocks of a strip, by chunk, then by row, then as they are stored. Their numbers are brought into this order too:
     * read here and there they would come from the third-level cache one by one.
     */
    private record Order(int[] rows, int[] columns, float[] weights) {}

    private Order sort(int first, int last) {
        int begin = blocks.start(first);
        int count = blocks.start(last) - begin;
        int size = blockRows * blockColumns;
        Order order = new Order(new int[count], new int[count], new float[Math.multiplyExact(count, size)]);
        int[] next = new int[chunks + 1];
        for (int block = begin; block < begin + count; block++) {
            next[blocks.column(block) / chunkColumns + 1]++;
        }
        for (int chunk = 0; chunk < chunks; chunk++) {
            next[chunk + 1] += next[chunk];
        }
        for (int row = first; row < last; row++) {
            for (int block = blocks.start(row); block < blocks.start(row + 1); block++) {
                int column = blocks.column(block);
                int place = next[column / chunkColumns]++;
                order.rows[place] = row;
                order.columns[place] = column;
                blocks.read(block, order.weights, place * size);
            }
        }
        return order;
    }

    private void addBlock(float[] numbers, int weight, long input, long sums) {
        int row = 0;
        for (; row <= blockRows - 4; row += 4) {
            for (int some = 0; some < WIDTH; some += 2 * Lanes.N) {
                SpmmLoop.addFourRows(numbers, weight + row * blockColumns, blockColumns, input + 4L * some,
                        sums + 4L * (row * WIDTH + some));
            }
        }
        for (; row < blockRows; row++) {
            SpmmLoop.addRow(numbers, weight + row * blockColumns, blockColumns, input, sums + 4L * row * WIDTH);
        }
    }

    private static void write(long sums, int firstRow, int lastRow, int firstInput, Batch output) {
        int inputs = Math.min(WIDTH, output.rows() - firstInput);
        for (int row = firstRow; row < lastRow; row += TILE) {
            int rows = Math.min(TILE, lastRow - row);
            long from = sums + FAR * (row - firstRow);
            int n = 0;
            for (; n <= inputs - EIGHT; n += EIGHT) {
                TransposeLoop.apart(from + 4L * n, FAR, rows, output.row(firstInput + n) + 4L * row,
                        4 * output.stride());
            }
            for (; n < inputs; n++) {
                TransposeLoop.one(from + 4L * n, FAR, rows, output.row(firstInput + n) + 4L * row, 4);
            }
        }
    }
}
