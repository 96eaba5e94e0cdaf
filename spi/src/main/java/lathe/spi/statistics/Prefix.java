package lathe.spi.statistics;

/** Through which weights the activations come that a block is judged by. */
public enum Prefix {
    /** Through the already compressed blocks before it (Wanda, SparseGPT, GPTQ). */
    COMPRESSED,
    /** Through the dense model (AWQ, FLAP). */
    DENSE
}
