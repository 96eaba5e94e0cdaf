package lathe.models.generation;

import static java.util.Objects.requireNonNull;

/**
 * What was generated.
 *
 * @param tokens          new tokens, without the end token
 * @param end             why it ended
 * @param promptSeconds   time until the logits of the prompt's last token
 * @param decodingSeconds time after that
 * @param cacheBytes      memory of the cache at the end
 */
public record Generation(int[] tokens, End end, double promptSeconds, double decodingSeconds, long cacheBytes) {
    /** Why a text ended. */
    public enum End {
        /** As many tokens as were asked for. */
        LENGTH,
        /** An end token. */
        END_TOKEN,
        /** The listener had enough: a stop sequence, or nobody listens any more. */
        STOPPED
    }

    /** Checks the parts. */
    public Generation {
        requireNonNull(tokens, "tokens is null");
        requireNonNull(end, "end is null");
    }

    /**
     * Speed after the prompt.
     *
     * @return new tokens a second; the first one comes from the prompt and is not counted
     */
    public double tokensPerSecond() {
        return tokens.length < 2 ? 0 : (tokens.length - 1) / decodingSeconds;
    }
}
