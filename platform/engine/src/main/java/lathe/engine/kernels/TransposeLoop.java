package lathe.engine.kernels;

/** Transposes some rows: numbers that lie below each other are stored together. */
final class TransposeLoop {
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
}
