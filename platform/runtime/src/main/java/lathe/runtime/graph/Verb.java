package lathe.runtime.graph;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What a node does: the one key of a node that says so. */
public enum Verb {
    /** Takes up a model folder. */
    LOAD(Product.MODEL),
    /** Removes weights. */
    PRUNE(Product.MODEL),
    /** Stores weights in fewer bits. */
    QUANTIZE(Product.MODEL),
    /** Says with which attention, cache and router a model runs. */
    SERVE(Product.SERVED_MODEL),
    /** Judges models on a text. */
    EVALUATE(Product.NUMBERS),
    /** Measures speed and memory of models. */
    BENCHMARK(Product.NUMBERS);

    private final Product product;

    Verb(Product product) {
        this.product = product;
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
     * What a node with this verb leaves.
     *
     * @return its product
     */
    public Product product() {
        return product;
    }

    /**
     * Whether the node judges each of a list of models.
     *
     * @return true for evaluate and benchmark
     */
    public boolean judges() {
        return product == Product.NUMBERS;
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
