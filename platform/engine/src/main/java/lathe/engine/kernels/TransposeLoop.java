package lathe.engine.kernels;

/**
 * Transposes some rows: numbers that lie below each other are stored together, or the other way round. Few rows at a
 * time and many columns: memory that is read or written in order is fetched ahead.
 */
final class TransposeLoop {
    /** Rows that are taken at once. */
    static final int EIGHT = 8;

    private TransposeLoop() {}

    /**
     * Four rows.
     *
     * @param from  address of the first row
     * @param step  bytes from one row to the next
     * @param count columns
     * @param to    address of the first column's four numbers
     * @param width bytes from one column's to the next's
     */
    static void four(long from, long step, int count, long to, long width) {
        long a = Memory.known(from);
        long b = Memory.known(from + step);
        long c = Memory.known(from + 2 * step);
        long d = Memory.known(from + 3 * step);
        for (int turn = 0; turn < count; turn++) {
            int i = turn & Integer.MAX_VALUE;
            long at = Memory.known(to + width * i);
            Memory.setFloat(at, Memory.getFloat(a + 4L * i));
            Memory.setFloat(at + 4, Memory.getFloat(b + 4L * i));
            Memory.setFloat(at + 8, Memory.getFloat(c + 4L * i));
            Memory.setFloat(at + 12, Memory.getFloat(d + 4L * i));
        }
    }

    /**
     * Eight rows.
     *
     * @param from  address of the first row
     * @param step  bytes from one row to the next
     * @param count columns
     * @param to    address of the first column's eight numbers
     * @param width bytes from one column's to the next's
     */
    static void together(long from, long step, int count, long to, long width) {
        long a = Memory.known(from);
        long b = Memory.known(from + step);
        long c = Memory.known(from + 2 * step);
        long d = Memory.known(from + 3 * step);
        long e = Memory.known(from + 4 * step);
        long f = Memory.known(from + 5 * step);
        long g = Memory.known(from + 6 * step);
        long h = Memory.known(from + 7 * step);
        for (int turn = 0; turn < count; turn++) {
            int i = turn & Integer.MAX_VALUE;
            long at = Memory.known(to + width * i);
            Memory.setFloat(at, Memory.getFloat(a + 4L * i));
            Memory.setFloat(at + 4, Memory.getFloat(b + 4L * i));
            Memory.setFloat(at + 8, Memory.getFloat(c + 4L * i));
            Memory.setFloat(at + 12, Memory.getFloat(d + 4L * i));
            Memory.setFloat(at + 16, Memory.getFloat(e + 4L * i));
            Memory.setFloat(at + 20, Memory.getFloat(f + 4L * i));
            Memory.setFloat(at + 24, Memory.getFloat(g + 4L * i));
            Memory.setFloat(at + 28, Memory.getFloat(h + 4L * i));
        }
    }

    /**
     * The way back.
     *
     * @param from  address of the first column's eight numbers
     * @param width bytes from one column's to the next's
     * @param count columns
     * @param to    address of the first row
     * @param step  bytes from one row to the next
     */
    static void apart(long from, long width, int count, long to, long step) {
        long a = Memory.known(to);
        long b = Memory.known(to + step);
        long c = Memory.known(to + 2 * step);
        long d = Memory.known(to + 3 * step);
        long e = Memory.known(to + 4 * step);
        long f = Memory.known(to + 5 * step);
        long g = Memory.known(to + 6 * step);
        long h = Memory.known(to + 7 * step);
        for (int turn = 0; turn < count; turn++) {
            int i = turn & Integer.MAX_VALUE;
            long at = Memory.known(from + width * i);
            Memory.setFloat(a + 4L * i, Memory.getFloat(at));
            Memory.setFloat(b + 4L * i, Memory.getFloat(at + 4));
            Memory.setFloat(c + 4L * i, Memory.getFloat(at + 8));
            Memory.setFloat(d + 4L * i, Memory.getFloat(at + 12));
            Memory.setFloat(e + 4L * i, Memory.getFloat(at + 16));
            Memory.setFloat(f + 4L * i, Memory.getFloat(at + 20));
            Memory.setFloat(g + 4L * i, Memory.getFloat(at + 24));
            Memory.setFloat(h + 4L * i, Memory.getFloat(at + 28));
        }
    }

    /**
     * One row to a column, or a column to a row.
     *
     * @param from  address of the first number
     * @param step  bytes from there to the next
     * @param count numbers
     * @param to    where the first goes
     * @param width bytes from there to the next's place
     */
    static void one(long from, long step, int count, long to, long width) {
        for (int i = 0; i < count; i++) {
            Memory.setFloat(to + width * i, Memory.getFloat(from + step * i));
        }
    }
}
