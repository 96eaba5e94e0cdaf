package lathe.spi;

/** What sort of decision a method makes. The kind says which interface its factory makes and which verb names it. */
public enum Kind {
    /** Which weights, neurons, heads, experts or blocks go. */
    PRUNER("pruner", "prune"),
    /** Codes, scales and bit widths of weights. */
    QUANTIZER("quantizer", "quantize"),
    /** Factors of weights. */
    FACTORIZER("factorizer", "factorize"),
    /** How a dense feed-forward network becomes experts. */
    CARVER("carver", "convert"),
    /** How several models become one. */
    MERGER("merger", "merge"),
    /** What is trained, and how a layer computes with it. */
    TUNER("tuner", "tune"),
    /** Which experts a token goes to. */
    ROUTER("router", "serve"),
    /** Which keys a query reads. */
    ATTENTION("attention", "serve"),
    /** What the key/value cache keeps and in which form. */
    KV_POLICY("kv", "serve"),
    /** A graph node of any other sort. */
    STEP("step", "step"),
    /** A number that judges a model. */
    METRIC("metric", "evaluate"),
    /** Generated or given questions with answers. */
    TASK("task", "evaluate"),
    /** Where models come from. */
    MODEL_SOURCE("model-source", "load"),
    /** Where text comes from. */
    DATA_SOURCE("data-source", "data"),
    /** What executes kernels. */
    BACKEND("backend", "serve");

    private final String label;
    private final String verb;

    Kind(String label, String verb) {
        this.label = label;
        this.verb = verb;
    }

    /**
     * The kind's name for users.
     *
     * @return a lower-case word
     */
    public String label() {
        return label;
    }

    /**
     * The verb of the experiment language whose value names methods of this kind.
     *
     * @return a key of a graph node
     */
    public String verb() {
        return verb;
    }
}
