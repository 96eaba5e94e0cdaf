package lathe.models.architecture;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * All that is needed to run a model, besides its weights.
 *
 * @param family           name of the description
 * @param vocabulary       rows of the embedding
 * @param hidden           width of the residual stream
 * @param positions        positions that the model was made for
 * @param learnedPositions whether positions are added to the embedding (role positions)
 * @param embeddingScale   what embeddings are multiplied with
 * @param blocks           the blocks in order
 * @param finalNorm        the norm before the head
 * @param tied             whether the head is the embedding
 * @param logitScale       what logits are multiplied with
 * @param logitSoftcap     c in c tanh(logit / c), applied last
 * @param renewsCache      whether generation fills the cache anew when the text outgrows the short factors of LongRoPE
 */
public record ArchitectureConfig(String family, int vocabulary, int hidden, int positions, boolean learnedPositions,
        double embeddingScale, List<Block> blocks, Norm finalNorm, boolean tied, double logitScale,
        OptionalDouble logitSoftcap, boolean renewsCache) {
    /** Makes the list of blocks immutable. */
    public ArchitectureConfig {
        requireNonNull(family, "family is null");
        requireNonNull(finalNorm, "finalNorm is null");
        blocks = List.copyOf(blocks);
    }

    /**
     * The same shape with another feed-forward part in one block.
     *
     * @param index       which block, from 0
     * @param feedForward its feed-forward part
     * @return a copy
     */
    public ArchitectureConfig with(int index, FeedForward feedForward) {
        List<Block> changed = new ArrayList<>(blocks);
        Block old = blocks.get(index);
        changed.set(index, new Block(old.index(), old.norm(), old.placement(), old.parallel(), old.residualScale(),
                old.attention(), feedForward));
        return new ArchitectureConfig(family, vocabulary, hidden, positions, learnedPositions, embeddingScale, changed,
                finalNorm, tied, logitScale, logitSoftcap, renewsCache);
    }

    /**
     * The tokens after which generation fills the cache anew: keys in it are turned with frequencies that no longer hold.
     *
     * @return the largest number of tokens that a cache is kept for; {@link Integer#MAX_VALUE} if it is always kept
     */
    public int cacheRenewedBeyond() {
        return blocks.stream().flatMap(block -> block.attention().rotary().stream())
                .filter(rope -> renewsCache && rope.scaling() instanceof Rope.Scaling.Long)
                .mapToInt(rope -> ((Rope.Scaling.Long) rope.scaling()).positions()).min().orElse(Integer.MAX_VALUE);
    }

    /**
     * Whether any block is a mixture of experts.
     *
     * @return true if one is
     */
    public boolean hasExperts() {
        return blocks.stream().anyMatch(block -> block.feedForward() instanceof FeedForward.Experts);
    }
}
