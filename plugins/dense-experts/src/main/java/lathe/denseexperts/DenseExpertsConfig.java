package lathe.denseexperts;

/** There is nothing to set. */
public record DenseExpertsConfig() {}
