package lathe.engine.kernels;

/**
 * Codes of any width spread over fields of four or eight bits by PDEP, sixteen or eight at a time: loops then need to know
 * these widths alone. Processors without the instruction run a slower substitute of the JDK.
 */
final class PackedSpread {
    private static final long EVERY_FOURTH = 0x1111111111111111L;
    private static final long EVERY_EIGHTH = 0x0101010101010101L;

    private PackedSpread() {}

    /**
     * Spreads a row.
     *
     * @param codes address of packed codes
     * @param count how many
     * @param bits  3, 5, 6 or 7
     * @param to    receives fields of four bits for 3, of eight for the others; up to seven bytes more are written
     */
    static void spread(long codes, int count, int bits, long to) {
        int together = bits < 4 ? 16 : 8;
        long mask = (bits < 4 ? EVERY_FOURTH : EVERY_EIGHTH) * ((1 << bits) - 1);
        int step = together * bits / 8;
        int longs = (count + together - 1) / together;
        long end = codes + ((long) count * bits + 7) / 8;
        // Whole words are read, so the last ones of a row byte by byte: the memory may end with it.
        int whole = (int) Math.clamp((end - codes - 8) / step + 1, 0, longs);
        if (end - codes < 8) {
            whole = 0;
        }
        for (int i = 0; i < whole; i++) {
            Memory.setLong(to + 8L * i, Long.expand(Memory.getLong(codes + (long) step * i), mask));
        }
        for (int i = whole; i < longs; i++) {
            Memory.setLong(to + 8L * i, Long.expand(tail(codes + (long) step * i, end), mask));
        }
    }

    private static long tail(long from, long end) {
        long word = 0;
        for (int i = 0; i < 8 && from + i < end; i++) {
            word |= (long) Memory.getByte(from + i) << 8 * i;
        }
        return word;
    }
}
