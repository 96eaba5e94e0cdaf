package lathe.engine.kernels;

import lathe.spi.operator.TilePacking;

/**
 * How the sixteen codes of a unit of {@link TilePacking} lie in its half-words: every half-word is read in passes of a few
 * pieces, each a code or the part of a code that reaches into the half-word. A piece is masked where it lies; what its
 * place multiplies it by is divided out of the input, which is exact. Where {@link TileWords} reads, a pass is one of its
 * words, and every piece a code.
 *
 * @param pieces  pieces of a pass, 4 or 6; those beyond the codes are empty
 * @param halves  half-word of each pass, the first of two where a pass is a word
 * @param shifts  by how many bits a pass' word is shifted down
 * @param masks   bits of each piece, pass by pass
 * @param columns column of each piece within its unit
 * @param factors what the input of each piece is multiplied by; 0 for empty ones
 */
record TilePieces(int pieces, int[] halves, int[] shifts, int[] masks, int[] columns, float[] factors) {
    private static final int HALF = 16;

    /** The pieces of a width of 1 to 8 bits: no more passes than needed for passes of one size. */
    static TilePieces of(int bits) {
        return TileWords.fit(bits) ? words(bits) : halves(bits);
    }

    private static TilePieces words(int bits) {
        TilePieces made = empty(TileWords.WORDS, TilePacking.COLUMNS / TileWords.WORDS);
        for (int word = 0; word < TileWords.WORDS; word++) {
            made.halves[word] = TileWords.half(bits, word);
            made.shifts[word] = TileWords.shift(bits, word);
        }
        for (int code = 0; code < TilePacking.COLUMNS; code++) {
            int from = code % made.pieces * bits;
            made.masks[code] = (1 << bits) - 1 << from;
            made.columns[code] = code;
            made.factors[code] = Math.scalb(1f, -from);
        }
        return made;
    }

    private static TilePieces empty(int passes, int pieces) {
        return new TilePieces(pieces, new int[passes], new int[passes], new int[passes * pieces],
                new int[passes * pieces], new float[passes * pieces]);
    }

    private static TilePieces halves(int bits) {
        int pieces = bits == 3 ? 6 : 4;
        int passesOfHalf = bits == 1 ? 4 : bits == 2 ? 2 : 1;
        TilePieces made = empty(bits * passesOfHalf, pieces);
        for (int half = 0; half < bits; half++) {
            made.fill(bits, half, half * passesOfHalf, passesOfHalf);
        }
        return made;
    }

    /** Passes that read the same half-word: 1, 2 or 4. */
    int passesOfHalf() {
        int same = 1;
        while (same < halves.length && halves[same] == 0) {
            same++;
        }
        return same;
    }

    private void fill(int bits, int half, int firstPass, int passes) {
        for (int pass = firstPass; pass < firstPass + passes; pass++) {
            halves[pass] = half;
        }
        int last = (HALF * half + HALF - 1) / bits;
        for (int code = HALF * half / bits, at = firstPass * pieces; code <= last; code++, at++) {
            int from = Math.max(code * bits, HALF * half) - HALF * half;
            int to = Math.min((code + 1) * bits, HALF * half + HALF) - HALF * half;
            int missing = Math.max(0, HALF * half - code * bits);
            masks[at] = (1 << to - from) - 1 << from;
            columns[at] = code;
            factors[at] = Math.scalb(1f, missing - from);
        }
    }
}
