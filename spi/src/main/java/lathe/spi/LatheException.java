package lathe.spi;

/**
 * An error that the user can act on. Its message is one or more whole sentences: what is wrong, where, and what would be
 * right. Everything else that is thrown is a bug and is reported as one.
 */
public class LatheException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * @param sentence what is wrong, where, and what would be right
     */
    public LatheException(String sentence) {
        super(sentence);
    }

    /**
     * @param sentence what is wrong, where, and what would be right
     * @param cause    the failure behind it, shown with {@code --debug}
     */
    public LatheException(String sentence, Throwable cause) {
        super(sentence, cause);
    }
}
