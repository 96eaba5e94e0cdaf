package lathe.models.architecture;

/**
 * A normalisation over the last dimension.
 *
 * @param kind       root mean square (arXiv:1910.07467) or mean and variance (arXiv:1607.06450)
 * @param epsilon    added to the mean square or variance
 * @param gainOffset added to the stored gain: 1 for Gemma, which stores w and multiplies by 1 + w
 */
public record Norm(Kind kind, double epsilon, double gainOffset) {
    /** Kinds of normalisation. */
    public enum Kind {
        /** x / sqrt(mean(x^2) + epsilon) times the gain. */
        RMS,
        /** (x - mean) / sqrt(variance + epsilon) times the gain plus the bias. */
        LAYER
    }
}
