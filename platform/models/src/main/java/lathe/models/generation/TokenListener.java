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
}
