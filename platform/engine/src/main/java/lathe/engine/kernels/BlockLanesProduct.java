package lathe.engine.kernels;

import static lathe.engine.kernels.BlockLanesLoop.INPUTS;

import lathe.spi.numeric.Parallel;

/**
 * A block-sparse weight whose blocks have whole vectors of rows, times many inputs. A row is a lane: blocks are
 * transposed, a few inputs make a panel whose columns lie together, and products are stored where they belong. The sums
 * of some rows stay in registers over all their blocks, some panels in the second-level cache while all blocks pass by.
 */
final class BlockLanesProduct {
    /** Bytes of the panels that stay in the second-level cache, and how many they are at least and at most. */
    private static final int TILE_BYTES = 192 << 10;
    private static final int SMALLEST_TILE = 4;
    private static final int LARGEST_TILE = 8;
    /** Numbers of blocks that are transposed before they are multiplied, and of inputs that are packed. */
    private static final int WEIGHTS = 4 << 20;
    private static final int PACKED = 2 << 20;
    /** Rows that a thread takes at a time. */
    private static final int STRIP = 512;

    private final int blockRowCount;
    private final int inFeatures;
    private final int blockRows;
    private final int blockColumns;
    private final int lanes;
    private final BlockSparseProduct.Blocks blocks;

    /**
     * A weight.
     *
     * @param outFeatures  rows
     * @param inFeatures   columns
     * @param blockRows    rows of a block, {@link #takes some}
     * @param blockColumns columns of a block
     * @param blocks       what is stored
     */
    BlockLanesProduct(int outFeatures, int inFeatures, int blockRows, int blockColumns,
            BlockSparseProduct.Blocks blocks) {
        this.blockRowCount = outFeatures / blockRows;
        this.inFeatures = inFeatures;
        this.blockRows = blockRows;
        this.blockColumns = blockColumns;
        this.lanes = blockRows % (2 * Lanes.N) == 0 ? 2 * Lanes.N : Lanes.N;
        this.blocks = blocks;
    }

    /** Whether blocks of so many rows are whole vectors. */
    static boolean takes(int blockRows) {
        return Lanes.N % 4 == 0 && blockRows % Lanes.N == 0;
    }

    /** y = x W^T, for more than {@link BlockLanesLoop#INPUTS} inputs. */
    void apply(Batch input, Batch output, Parallel parallel) {
        int together = Math.max(2, PACKED / (INPUTS * inFeatures));
        int panels = Math.ceilDiv(input.rows(), INPUTS);
        for (int row = 0; row < blockRowCount;) {
            int end = row + 1;
            while (end < blockRowCount && columns(row, end + 1) * blockRows <= WEIGHTS) {
                end++;
            }
            try (Scratch.Frame frame = Scratch.frame()) {
                Strips strips = new Strips(row, end, frame);
                parallel.forEach(end - row, strip(), strips::fill);
                int rounds = Math.ceilDiv(panels, together);
                for (int round = 0; round < rounds; round++) {
                    int first = (int) ((long) panels * round / rounds);
                    int last = (int) ((long) panels * (round + 1) / rounds);
                    try (Scratch.Frame packed = Scratch.frame()) {
                        multiply(strips, new Panels(input, first, last, parallel, packed), output, parallel);
                    }
                }
            }
            row = end;
        }
    }

    private int strip() {
        return Math.ceilDiv(STRIP, blockRows);
    }

    /** Columns that blocks of some rows of blocks have. */
    private long columns(int from, int to) {
        return (long) (blocks.start(to) - blocks.start(from)) * blockColumns;
    }

    private void multiply(Strips weights, Panels panels, Batch output, Parallel parallel) {
        int most = Math.clamp(TILE_BYTES / (4L * INPUTS * inFeatures), SMALLEST_TILE, LARGEST_TILE);
        int tiles = Math.ceilDiv(panels.count(), most);
        int strips = Math.ceilDiv(weights.to - weights.from, strip());
        parallel.forEach(tiles * strips, 1, (from, to) -> {
            try (Scratch.Frame frame = Scratch.frame()) {
                long sums = frame.floats(2L * INPUTS * lanes);
                for (int i = from; i < to; i++) {
                    // The borders of tiles as equal as they can be.
                    int first = panels.first + (int) ((long) panels.count() * (i / strips) / tiles);
                    int last = panels.first + (int) ((long) panels.count() * (i / strips + 1) / tiles);
                    int row = weights.from + i % strips * strip();
                    for (int end = Math.min(weights.to, row + strip()); row < end; row++) {
                        weights.multiply(row, panels, first, last, output, sums);
                    }
                }
            }
        });
    }

    /** Inputs packed {@link BlockLanesLoop#INPUTS} at a time; the last panel may have some that another has, too. */
    private final class Panels {
        private final int first;
        private final int last;
        private final int inputs;
        private final long address;

        Panels(Batch input, int first, int last, Parallel parallel, Scratch.Frame frame) {
            this.first = first;
            this.last = last;
            this.inputs = input.rows();
            this.address = frame.bytes(count() * bytes());
            parallel.forEach(count(), 1, (from, to) -> {
                for (int panel = first + from; panel < first + to; panel++) {
                    BlockLanesLoop.pack(input.row(input(panel)), 4 * input.stride(), 0, inFeatures, at(panel));
                }
            });
        }

        int count() {
            return last - first;
        }

        private long bytes() {
            return 4L * INPUTS * inFeatures;
        }

        long at(int panel) {
            return address + bytes() * (panel - first);
        }

        /** The first input of a panel. */
        int input(int panel) {
            return Math.min(panel * INPUTS, inputs - INPUTS);
        }
    }

    /** Blocks of some rows of blocks in the order in which the loops read them: a vector or two a column. */
    private final class Strips {
        private final int from;
        private final int to;
        private final long weights;
        private final long places;

        Strips(int from, int to, Scratch.Frame frame) {
            this.from = from;
            this.to = to;
            this.weights = frame.floats(columns(from, to) * blockRows);
            this.places = frame.floats(columns(from, to));
        }

        /** Transposes the blocks of some of these rows. */
        void fill(int first, int end) {
            try (Scratch.Frame frame = Scratch.frame()) {
                long some = frame.floats((long) blockRows * blockColumns);
                for (int row = from + first; row < from + end; row++) {
                    int start = blocks.start(row);
                    int count = blocks.start(row + 1) - start;
                    for (int i = 0; i < count; i++) {
                        long column = columns(from, row) + (long) i * blockColumns;
                        place(start + i, places + 4 * column);
                        turn(blocks.read(start + i, some), weights + 4 * columns(from, row) * blockRows, count, i);
                    }
                }
            }
        }

        /** Transposes the ith of so many blocks of a row. */
        private void turn(long block, long row, int count, int i) {
            for (int lane = 0; lane < blockRows; lane += 4) {
                long part = (long) lane / lanes * count + i;
                TransposeLoop.four(block + 4L * blockColumns * lane, 4L * blockColumns, blockColumns,
                        row + 4 * (part * blockColumns * lanes + lane % lanes), 4L * lanes);
            }
        }

        private void place(int block, long at) {
            int first = blocks.column(block) * blockColumns;
            for (int column = 0; column < blockColumns; column++) {
                Memory.setInt(at + 4L * column, 4 * INPUTS * (first + column));
            }
        }

        /** Products of a row of blocks with some panels. */
        void multiply(int row, Panels panels, int first, int last, Batch output, long sums) {
            int count = Math.toIntExact(columns(row, row + 1));
            long before = columns(from, row);
            for (int lane = 0; lane < blockRows; lane += lanes) {
                long at = weights + 4 * (before * blockRows + (long) lane * count);
                int y = row * blockRows + lane;
                if (lanes == Lanes.N) {
                    one(at, places + 4 * before, count, panels, first, last, output, y, sums);
                    continue;
                }
                for (int panel = first; panel < last; panel++) {
                    BlockLanesLoop.two(at, places + 4 * before, count, 1, panels.at(panel),
                            output.row(panels.input(panel)) + 4L * y, 4 * output.stride());
                }
            }
        }

        private void one(long at, long places, int count, Panels panels, int first, int last, Batch output, int row,
                long sums) {
            for (int i = first; i < last; i += 2) {
                int other = Math.min(i + 1, last - 1);
                BlockLanesLoop.one(at, places, count, 1, panels.at(i), panels.at(other), sums);
                for (int n = 0; n < INPUTS; n++) {
                    Memory.copy(sums + 4L * lanes * n, output.row(panels.input(i) + n) + 4L * row, 4L * lanes);
                    Memory.copy(sums + 4L * lanes * (INPUTS + n), output.row(panels.input(other) + n) + 4L * row,
                            4L * lanes);
                }
            }
        }
    }
}
