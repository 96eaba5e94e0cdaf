package lathe.models.generation;

import static java.util.Objects.requireNonNull;

import java.util.Set;

import lathe.spi.LatheException;

/**
 * A continuation that is wanted.
 *
 * @param prompt    token ids, at least one
 * @param newTokens most tokens that are generated
 * @param sampling  how tokens are chosen
 * @param endTokens ids that end the text; the one that came is not part of the result
 * @param chunk     tokens of the prompt that are taken in at once; 0 for all
 */
public record GenerationRequest(int[] prompt, int newTokens, Sampling sampling, Set<Integer> endTokens, int chunk) {
    /** Checks the parts. */
    public GenerationRequest {
        requireNonNull(prompt, "prompt is null");
        requireNonNull(sampling, "sampling is null");
        endTokens = Set.copyOf(endTokens);
        if (prompt.length == 0) {
            throw new LatheException("A prompt needs at least one token; give a text, or the model's begin token.");
        }
        if (newTokens < 0 || chunk < 0) {
            throw new LatheException("Numbers of tokens are not negative: new tokens " + newTokens + ", chunk " + chunk
                    + ".");
        }
    }

    /**
     * The most likely continuation, taken token by token.
     *
     * @param prompt    token ids
     * @param newTokens how many
     * @return the request
     */
    public static GenerationRequest greedy(int[] prompt, int newTokens) {
        return new GenerationRequest(prompt, newTokens, Sampling.GREEDY, Set.of(), 0);
    }
}
