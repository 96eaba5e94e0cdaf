package lathe.models.architecture;

/**
 * One block of a model.
 *
 * @param index         from 0
 * @param norm          all norms of the block
 * @param placement     where the norms stand
 * @param parallel      whether attention and feed-forward part both read the block's input and are added at once
 * @param residualScale what each branch is multiplied with before it is added to the residual stream
 * @param attention     the attention
 * @param feedForward   the feed-forward part
 */
public record Block(int index, Norm norm, Placement placement, boolean parallel, double residualScale,
        Attention attention, FeedForward feedForward) {
    /** Where norms stand. */
    public enum Placement {
        /** Before each part: roles attention-norm and ffn-norm. */
        PRE,
        /** After each part, none before: roles attention-post-norm and ffn-post-norm. */
        POST,
        /** Before and after each part: all four roles. */
        SANDWICH
    }
}
