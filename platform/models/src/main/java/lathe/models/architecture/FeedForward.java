package lathe.models.architecture;

/** The feed-forward part of a block. */
public sealed interface FeedForward {
    /**
     * One MLP: down(act(gate x) * up x), or down(act(up x)) where it is not gated.
     *
     * @param width      rows of the up projection
     * @param activation its nonlinearity
     * @param gated      whether there is a gate
     */
    record Dense(int width, Activation activation, boolean gated) implements FeedForward {}

    /**
     * A mixture of gated experts.
     *
     * @param experts     how many there are
     * @param width       rows of an expert's up projection
     * @param activation  nonlinearity of every expert
     * @param routing     how they are chosen and weighted
     * @param sharedWidth width of the expert that sees every token, 0 for none
     * @param sharedScale whether the shared expert's output is multiplied by the sigmoid of a learned score
     */
    record Experts(int experts, int width, Activation activation, Routing routing, int sharedWidth,
            boolean sharedScale) implements FeedForward {}
}
