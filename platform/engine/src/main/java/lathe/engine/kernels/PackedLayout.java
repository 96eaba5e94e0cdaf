package lathe.engine.kernels;

/**
 * How codes of 1, 2, 4 or 8 bits lie in 32-bit words, and how they come out of them: a vector of words is masked in
 * place, piece by piece, and turned into floats; what the place of a piece multiplies it by is divided out of the input
 * beforehand, which is exact. Words are shifted down between parts of eight pieces; the topmost piece of four and eight
 * bits is shifted down itself, since integers are signed. Eight codes of three bits are brought into the lower three bytes
 * of a word first ({@link ThreeBitWords}), codes of other widths spread to fields of the next of these widths.
 *
 * @param bits bits of a stored code, 1 to 8
 */
record PackedLayout(int bits) {
    /** Bits of a code after it was spread. */
    int wide() {
        return bits <= 2 ? bits : bits <= 4 ? 4 : 8;
    }

    /** Bits from the field of a code in a word to the next, where words are multiplied. */
    int stride() {
        return bits == 3 ? 3 : wide();
    }

    /** Codes of a word. */
    int codesPerWord() {
        return 32 / wide();
    }

    /** Parts of a word that are taken one after the other. */
    int parts() {
        return Math.max(1, codesPerWord() / 8);
    }

    /** Pieces of a part. */
    int pieces() {
        return Math.min(8, codesPerWord());
    }

    /** What the input of a piece is multiplied by. Below four bits the upper four were shifted to the lower four's places. */
    float factor(int piece) {
        boolean top = stride() >= 4 && piece == pieces() - 1;
        return top ? 1 : Math.scalb(1f, -stride() * (stride() < 4 ? piece & 3 : piece));
    }

    /**
     * The same where masked words of fields of four bits are read as floats, which then are subnormal, or the smallest normal
     * ones, and multiples of 2^-149 as integers are of 1. The two topmost of eight pieces were shifted down by eight bits.
     */
    float subnormalFactor(int piece) {
        return Math.scalb(1f, -4 * (piece < 6 ? piece : piece - 2));
    }

    /** The column of a piece of a word. */
    int column(int word, int part, int piece) {
        return word * codesPerWord() + part * 8 + piece;
    }
}
