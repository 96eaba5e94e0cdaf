package lathe.models.transformer;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import java.util.stream.IntStream;

import lathe.spi.attention.Phase;

/**
 * The tokens of one sequence in a pass.
 *
 * @param tokens     ids; their number is what counts where hidden states are given
 * @param positions  position of each token in the text, ascending
 * @param length     tokens of the sequence by which frequencies of rotary positions are chosen where they depend on it: those
 *                   so far, or those of the whole prompt where only a piece of it is here
 * @param phase      prompt or new tokens
 * @param promptEnds whether the prompt's last token is among them
 * @param state      cache and attention of the sequence; empty for tokens that see each other alone
 */
public record Segment(int[] tokens, int[] positions, int length, Phase phase, boolean promptEnds,
        Optional<SequenceState> state) {
    /** Checks that the parts fit. */
    public Segment {
        requireNonNull(tokens, "tokens is null");
        requireNonNull(positions, "positions is null");
        requireNonNull(phase, "phase is null");
        requireNonNull(state, "state is null");
        if (tokens.length == 0 || tokens.length != positions.length) {
            throw new IllegalArgumentException("A segment of " + tokens.length + " tokens has " + positions.length
                    + " positions; it needs at least one token, and a position for each.");
        }
        if (length <= positions[positions.length - 1]) {
            throw new IllegalArgumentException("A sequence of " + length + " tokens has no position "
                    + positions[positions.length - 1] + ".");
        }
    }

    /**
     * A whole sequence without a cache.
     *
     * @param tokens ids from position 0 on
     * @return the segment
     */
    public static Segment whole(int[] tokens) {
        return new Segment(tokens, IntStream.range(0, tokens.length).toArray(), tokens.length, Phase.PREFILL, true,
                Optional.empty());
    }

    /**
     * Number of tokens.
     *
     * @return at least 1
     */
    public int rows() {
        return tokens.length;
    }
}
