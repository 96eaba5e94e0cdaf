package lathe.runtime.graph;

/** What a node leaves for others. */
public enum Product {
    /** A model's weights. */
    MODEL("a model"),
    /** A model with the attention, cache and router that it is run with. */
    SERVED_MODEL("a served model"),
    /** Documents. */
    TEXT("text"),
    /** Numbers for the report. */
    NUMBERS("numbers"),
    /** Files for people and other programs. */
    FILES("files");

    private final String words;

    Product(String words) {
        this.words = words;
    }

    /**
     * With an article, as part of a sentence.
     *
     * @return such as {@code a model}
     */
    public String words() {
        return words;
    }

    /**
     * Whether it can be run.
     *
     * @return true for models, served or not
     */
    public boolean runs() {
        return this == MODEL || this == SERVED_MODEL;
    }
}
