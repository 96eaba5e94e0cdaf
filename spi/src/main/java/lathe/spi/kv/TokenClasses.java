package lathe.spi.kv;

/** What sort of token an id is, as the model's tokenizer says. */
public interface TokenClasses {
    /**
     * Whether a token steers the model instead of being text: begin, end, marks of a chat template.
     *
     * @param token its id
     * @return true for special tokens
     */
    boolean special(int token);

    /**
     * Whether a token's text is punctuation and nothing else, white space around it aside.
     *
     * @param token its id
     * @return true for punctuation
     */
    boolean punctuation(int token);
}
