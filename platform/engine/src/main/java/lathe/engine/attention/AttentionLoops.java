package lathe.engine.attention;

import lathe.engine.kernels.RowMath;

/** The inner loops of attention over a tile of keys and values. */
interface AttentionLoops {
    /**
     * The loops that go with others.
     *
     * @param math in lanes or not
     * @return loops of the same kind
     */
    static AttentionLoops of(RowMath math) {
        if (math.isYoung(0)) {
            return new YoungAttentionLoops(math::isYoung);
        }
        return math.hasLanes() ? VectorAttentionLoops.INSTANCE : ScalarAttentionLoops.INSTANCE;
    }

    /**
     * Scores of a few query rows by keys.
     *
     * @param queries rows of queries, one after the other
     * @param rows    how many
     * @param width   numbers of a query
     * @param keys    keys
     * @param count   how many
     * @param scores  receives rows of scores, {@link QueryRows#STRIDE} apart
     */
    void scores(float[] queries, int rows, int width, Tile keys, int count, long scores);

    /**
     * Adds weighted values to rows.
     *
     * @param weights rows of weights, one a key, {@link QueryRows#STRIDE} apart
     * @param rows    how many
     * @param values  values
     * @param from    first key
     * @param to      key after the last
     * @param sums    rows of sums, one after the other, added to what is there
     * @param width   numbers of a value
     */
    void addWeighted(long weights, int rows, Tile values, int from, int to, long sums, int width);

    /**
     * The largest of some scores.
     *
     * @param scores a row
     * @param from   first
     * @param to     after the last, larger than {@code from}
     * @return their maximum
     */
    float largest(long scores, int from, int to);

    /**
     * Turns scores s into weights e^(s - maximum), and those before and after into zeros.
     *
     * @param scores  a row, whose memory goes to a multiple of a vector
     * @param from    first that counts
     * @param to      after the last
     * @param count   of the row
     * @param maximum at least as large as all that count
     * @return sum of the weights
     */
    float weigh(long scores, int from, int to, int count, float maximum);

    /**
     * Caps scores: cap tanh(x / cap).
     *
     * @param scores a row, whose memory goes to a multiple of a vector
     * @param count  how many
     * @param cap    above 0
     */
    void cap(long scores, int count, float cap);
}
