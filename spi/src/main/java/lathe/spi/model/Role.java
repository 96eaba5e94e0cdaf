package lathe.spi.model;

import java.util.Optional;

/** What a linear layer does in its block. Fused projections are seen as their parts. */
public enum Role {
    /** Query projection. */
    QUERY("q"),
    /** Key projection. */
    KEY("k"),
    /** Value projection. */
    VALUE("v"),
    /** Output projection of the attention. */
    OUTPUT("o"),
    /** Gate of the feed-forward network. */
    GATE("gate"),
    /** Up projection of the feed-forward network. */
    UP("up"),
    /** Down projection of the feed-forward network. */
    DOWN("down"),
    /** Router of a mixture of experts. */
    ROUTER("router"),
    /** Low-rank query compression (multi-head latent attention). */
    QUERY_DOWN("q_down"),
    /** Expansion of compressed queries. */
    QUERY_UP("q_up"),
    /** Key/value compression with the shared rotary key. */
    KV_DOWN("kv_down"),
    /** Expansion of compressed keys and values. */
    KV_UP("kv_up"),
    /** Token embedding. */
    EMBEDDING("embedding"),
    /** Output head over the vocabulary. */
    HEAD("head");

    private final String label;

    Role(String label) {
        this.label = label;
    }

    /**
     * The name that users write in {@code targets} and {@code ignore}.
     *
     * @return such as {@code gate}
     */
    public String label() {
        return label;
    }

    /**
     * Whether pruners and quantizers visit it unless told otherwise.
     *
     * @return true for the linears inside blocks, false for router, embedding and head
     */
    public boolean isCompressible() {
        return this != ROUTER && this != EMBEDDING && this != HEAD;
    }

    /**
     * The roles that read the same input as this one, so that one statistic serves all.
     *
     * @return the first role of the group: QUERY for q, k, v; GATE for gate and up; itself otherwise
     */
    public Role inputGroup() {
        return switch (this) {
            case QUERY, KEY, VALUE, QUERY_DOWN, KV_DOWN -> QUERY;
            case GATE, UP, ROUTER -> GATE;
            default -> this;
        };
    }

    /**
     * Finds a role by its label.
     *
     * @param label such as {@code gate}
     * @return the role
     */
    public static Optional<Role> labelled(String label) {
        for (Role role : values()) {
            if (role.label.equals(label)) {
                return Optional.of(role);
            }
        }
        return Optional.empty();
    }
}
