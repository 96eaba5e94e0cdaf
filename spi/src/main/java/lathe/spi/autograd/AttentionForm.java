package lathe.spi.autograd;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * What attention computes besides the products. The last query is at the position of the last key.
 *
 * @param scale   factor of query times key
 * @param causal  whether a query reads only keys up to its own position
 * @param window  a query reads only so many of the last keys, its own included; needs {@code causal}
 * @param softcap c of c tanh(score / c), taken before the mask; 0 for none
 */
public record AttentionForm(double scale, boolean causal, Optional<Integer> window, double softcap) {
    /** Checks the parts. */
    public AttentionForm {
        requireNonNull(window, "window is null");
        if (window.isPresent() && (!causal || window.get() < 1)) {
            throw new IllegalArgumentException("A window of " + window.get() + " keys needs causal attention and at "
                    + "least one key.");
        }
        if (softcap < 0) {
            throw new IllegalArgumentException("A soft-cap is not negative, but " + softcap + " was given.");
        }
    }

    /**
     * Causal attention over all earlier keys.
     *
     * @param scale factor of query times key
     * @return the usual form of language models
     */
    public static AttentionForm causal(double scale) {
        return new AttentionForm(scale, true, Optional.empty(), 0);
    }
}
