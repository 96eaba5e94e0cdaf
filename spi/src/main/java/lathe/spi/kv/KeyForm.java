package lathe.spi.kv;

/** Whether a store keeps keys before or after their positions were rotated in. */
public enum KeyForm {
    /** Keys rotated at their original positions; queries are at theirs. */
    ROTATED,
    /**
     * Keys as projected. They are rotated when read, key number i of a head at position i, and the queries follow at the
     * positions after them: positions within the cache instead of positions in the text (StreamingLLM).
     */
    SLOT_POSITIONS
}
