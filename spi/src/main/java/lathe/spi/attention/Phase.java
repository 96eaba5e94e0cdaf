package lathe.spi.attention;

/** What a forward pass is for. */
public enum Phase {
    /** The prompt, whole, or one of its chunks with more to come or gone before. */
    PREFILL,
    /** New tokens, usually one. */
    DECODE
}
