package lathe.models.generation;

/** Takes tokens as they come. */
@FunctionalInterface
public interface TokenListener {
    /** Takes everything. */
    TokenListener ALL = (sequence, token) -> true;

    /**
     * Takes a token.
     *
     * @param sequence which of the requests
     * @param token    the new token
     * @return whether more are wanted
     */
    boolean take(int sequence, int token);

    /**
     * Takes a token together with the logits it was chosen of.
     *
     * @param sequence which of the requests
     * @param token    the new token
     * @param logits   one a token of the vocabulary, before penalties and temperature; dead after the call
     * @return whether more are wanted
     */
    default boolean take(int sequence, int token, float[] logits) {
        return take(sequence, token);
    }

    /**
     * Hears that an end token came, which is not part of the text.
     *
     * @param sequence which of the requests
     * @param token    the end token
     * @param logits   as for {@link #take(int, int, float[])}
     */
    default void ended(int sequence, int token, float[] logits) {
        // Most need not know.
    }
}
