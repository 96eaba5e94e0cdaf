package lathe.serve.template;

/**
 * A piece of a template.
 *
 * @param kind what it is
 * @param text its text; of a string its contents
 * @param line where it stands, from 1
 */
record Token(Kind kind, String text, int line) {
    /** What a token is. */
    enum Kind {
        /** Text that is put out as it is. */
        TEXT,
        /** Begins an expression that is put out. */
        PRINT_BEGIN,
        /** Ends it. */
        PRINT_END,
        /** Begins a statement. */
        BLOCK_BEGIN,
        /** Ends it. */
        BLOCK_END,
        /** A word. */
        NAME,
        /** A text in quotes. */
        STRING,
        /** A whole number. */
        INTEGER,
        /** A number with a fraction. */
        FLOAT,
        /** An operator or a bracket. */
        OPERATOR,
        /** The end of the template. */
        END
    }

    boolean is(Kind other, String expected) {
        return kind == other && text.equals(expected);
    }
}
