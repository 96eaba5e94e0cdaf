package lathe.spi.kv;

/** The cache of one layer of one sequence. Used by one thread at a time. */
public interface KvStore extends AutoCloseable {
    /**
     * The form in which keys are wanted.
     *
     * @return rotated, by default
     */
    default KeyForm keyForm() {
        return KeyForm.ROTATED;
    }

    /**
     * What the store wants to see of the attention of a pass.
     *
     * @param phase  prompt or new tokens
     * @param tokens new tokens of the pass
     * @return nothing, by default
     */
    default Observation observes(lathe.spi.attention.Phase phase, int tokens) {
        return Observation.NONE;
    }

    /**
     * Makes room before the queries attend.
     *
     * @param incoming ids of the tokens about to come
     */
    default void prepare(int[] incoming) {
        // Most policies drop afterwards.
    }

    /**
     * What is stored now.
     *
     * @return a view, valid until the next call of {@link #prepare} or {@link #append}
     */
    KvView view();

    /**
     * Takes new tokens in, after the queries have attended to them, then drops or packs what the policy says.
     *
     * @param block    the new tokens
     * @param observed what {@link #observes} asked for
     */
    void append(KvBlock block, Observed observed);

    /**
     * The prompt is complete: its last chunk has been appended. Policies that look at the whole prompt act now; a prompt
     * that comes in one piece ends right after its {@link #append}.
     */
    default void endPrompt() {
        // Most policies act on every append.
    }

    /**
     * Memory that the stored tokens take, all overhead included.
     *
     * @return bytes
     */
    long bytes();

    /** Frees the memory. */
    @Override
    void close();
}
