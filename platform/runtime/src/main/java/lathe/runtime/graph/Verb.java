package lathe.runtime.graph;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What a node does: the one key of a node that says so. */
public enum Verb {
    /** Takes up a model folder, or lets a source bring one. */
    LOAD(Product.MODEL, Edges.NONE),
    /** Brings or generates text. */
    DATA(Product.TEXT, Edges.NONE),
    /** Removes weights. */
    PRUNE(Product.MODEL, Edges.OF),
    /** Stores weights in fewer bits. */
    QUANTIZE(Product.MODEL, Edges.OF),
    /** Stores weights as factors. */
    FACTORIZE(Product.MODEL, Edges.OF),
    /** Makes experts of dense networks. */
    CONVERT(Product.MODEL, Edges.OF),
    /** Makes one model of several. */
    MERGE(Product.MODEL, Edges.OF_LIST),
    /** Trains. */
    TUNE(Product.MODEL, Edges.OF_LIST),
    /** Whatever else a plugin does with models and text. */
    STEP(Product.FILES, Edges.OF_LIST),
    /** Says with which attention, cache and router a model runs. */
    SERVE(Product.SERVED_MODEL, Edges.VALUE),
    /** Judges models on a text. */
    EVALUATE(Product.NUMBERS, Edges.VALUE_LIST),
    /** Judges models by their difference from the first. */
    COMPARE(Product.NUMBERS, Edges.VALUE_LIST),
    /** Measures speed and memory of models. */
    BENCHMARK(Product.NUMBERS, Edges.VALUE_LIST),
    /** Writes a model as a folder that other engines load. */
    EXPORT(Product.FILES, Edges.VALUE);

    /** Where a node names the nodes that it works on. */
    enum Edges {
        /** Nowhere. */
        NONE,
        /** One, after {@code of}. */
        OF,
        /** One or several, after {@code of}. */
        OF_LIST,
        /** One, after the verb. */
        VALUE,
        /** One or several, after the verb. */
        VALUE_LIST
    }

    private final Product product;
    private final Edges edges;

    Verb(Product product, Edges edges) {
        this.product = product;
        this.edges = edges;
    }

    /**
     * The key of a node.
     *
     * @return a lower-case word
     */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * What a node with this verb leaves; a step says so itself.
     *
     * @return its product
     */
    public Product product() {
        return product;
    }

    Edges edges() {
        return edges;
    }

    /**
     * Whether the node judges each of a list of models.
     *
     * @return true for evaluate, compare and benchmark
     */
    public boolean judges() {
        return product == Product.NUMBERS;
    }

    /**
     * Whether a node with this verb can work on what another leaves.
     *
     * @param input what the other leaves
     * @return true if it can
     */
    boolean takes(Product input) {
        return switch (this) {
            case EVALUATE, COMPARE, BENCHMARK -> input.runs();
            case STEP -> input == Product.MODEL || input == Product.TEXT || input == Product.FILES;
            default -> input == Product.MODEL;
        };
    }

    /**
     * Finds a verb.
     *
     * @param key a key of a node
     * @return its verb, if it is one
     */
    public static Optional<Verb> of(String key) {
        return Arrays.stream(values()).filter(verb -> verb.key().equals(key)).findFirst();
    }

    /**
     * All keys that are verbs.
     *
     * @return in the order of declaration
     */
    public static List<String> keys() {
        return Arrays.stream(values()).map(Verb::key).toList();
    }
}
