package lathe.engine.kernels;

import lathe.spi.operator.TilePacking;

/**
 * How the sixteen codes of a unit of {@link TilePacking} lie in its half-words: every half-word is read in a pass or two, in
 * pieces that are each a code or the part of a code that reaches into the half-word. A piece is masked where it lies; what
 * its place multiplies it by is divided out of the input, which is exact.
 *
 * @param passes  passes of a unit
 * @param pieces  pieces of a pass, 4, 6 or 8; those beyond the codes are empty
 * @param halves  half-word of each pass
 * @param masks   bits of each piece, pass by pass
 * @param columns column of each piece within its unit
 * @param factors what the input of each piece is multiplied by; 0 for empty ones
 */
record TilePieces(int passes, int pieces, int[] halves, int[] masks, int[] columns, float[] factors) {
    private static final int HALF = 16;

    /** The pieces of a width of 1 to 8 bits. */
    static TilePieces of(int bits) {
        int passes = Math.max(2, bits);
        int pieces = bits <= 2 ? 8 : bits == 3 ? 6 : 4;
        TilePieces made = new TilePieces(passes, pieces, new int[passes], new int[passes * pieces],
                new int[passes * pieces], new float[passes * pieces]);
        for (int pass = 0; pass < passes; pass++) {
            made.fill(bits, pass);
        }
        return made;
    }

    private void fill(int bits, int pass) {
        int half = pass * bits / passes;
        halves[pass] = half;
        // With one bit a half-word holds sixteen codes, which two passes share.
        int first = bits == 1 ? pass * pieces : HALF * half / bits;
        int last = bits == 1 ? first + pieces - 1 : (HALF * half + HALF - 1) / bits;
        for (int code = first, at = pass * pieces; code <= last; code++, at++) {
            int from = Math.max(code * bits, HALF * half) - HALF * half;
            int to = Math.min((code + 1) * bits, HALF * half + HALF) - HALF * half;
            int missing = Math.max(0, HALF * half - code * bits);
            masks[at] = (1 << to - from) - 1 << from;
            columns[at] = code;
            factors[at] = Math.scalb(1f, missing - from);
        }
    }
}
