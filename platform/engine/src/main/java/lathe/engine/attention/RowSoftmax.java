package lathe.engine.attention;

/** The softmax of rows whose tiles come one after the other, and its product with the values. */
interface RowSoftmax extends TileVisitor {
    /** ln of the sum of exponentials of a row's scores, -inf if it read nothing. */
    double logSumExp(int row);

    /**
     * Writes a row of the result: zeros if it read nothing.
     *
     * @param row which
     * @param to  receives valueDim floats
     */
    void finish(int row, long to);
}
