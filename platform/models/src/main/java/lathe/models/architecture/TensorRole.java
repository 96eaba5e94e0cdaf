package lathe.models.architecture;

import java.util.Locale;
import java.util.Optional;

import lathe.spi.model.Role;

/** What a tensor is for. Weights of linears are seen as [out, in] whatever way they are stored. */
public enum TensorRole {
    /** Token embedding, [vocabulary, hidden]. */
    EMBEDDING,
    /** Learned positions, [positions, hidden]. */
    POSITIONS,
    /** Output head, [vocabulary, hidden]; absent where it is tied to the embedding. */
    HEAD,
    /** Norm before the head, [hidden]. */
    FINAL_NORM,

    /** Norm before attention, [hidden]. */
    ATTENTION_NORM,
    /** Norm of attention's output, [hidden]. */
    ATTENTION_POST_NORM,
    /** Norm before the feed-forward part, [hidden]. */
    FFN_NORM,
    /** Norm of the feed-forward part's output, [hidden]. */
    FFN_POST_NORM,

    /** Query projection, [heads x keyWidth, hidden]. */
    Q,
    /** Key projection, [kvHeads x keyWidth, hidden]. */
    K,
    /** Value projection, [kvHeads x valueWidth, hidden]. */
    V,
    /** Output projection of attention, [hidden, heads x valueWidth]. */
    O,
    /** Norm of queries, [keyWidth] or [heads x keyWidth]. */
    Q_NORM,
    /** Norm of keys, [keyWidth] or [kvHeads x keyWidth]. */
    K_NORM,

    /** Latent attention: compression of queries, [queryRank, hidden]. */
    Q_DOWN,
    /** Latent attention: norm of compressed queries, [queryRank]. */
    Q_DOWN_NORM,
    /** Latent attention: queries from their compressed form, [heads x keyWidth, queryRank]. */
    Q_UP,
    /** Latent attention: compressed keys and values, then the rotary key that all heads share, [kvRank + rope, hidden]. */
    KV_DOWN,
    /** Latent attention: norm of compressed keys and values, [kvRank]. */
    KV_DOWN_NORM,
    /** Latent attention: head by head its plain key, then its value, [heads x (plain + valueWidth), kvRank]. */
    KV_UP,

    /** Gate of a dense gated MLP, [width, hidden]. */
    GATE,
    /** Up projection of a dense MLP, [width, hidden]. */
    UP,
    /** Down projection of a dense MLP, [hidden, width]. */
    DOWN,

    /** Router of a mixture of experts, [experts, hidden]. */
    ROUTER,
    /** What is added to the scores when experts are chosen, [experts]. */
    ROUTER_CORRECTION,
    /** Gate of one expert, [width, hidden]. */
    EXPERT_GATE,
    /** Up projection of one expert, [width, hidden]. */
    EXPERT_UP,
    /** Down projection of one expert, [hidden, width]. */
    EXPERT_DOWN,
    /** Gate of the shared expert, [sharedWidth, hidden]. */
    SHARED_GATE,
    /** Up projection of the shared expert, [sharedWidth, hidden]. */
    SHARED_UP,
    /** Down projection of the shared expert, [hidden, sharedWidth]. */
    SHARED_DOWN,
    /** What the shared expert's output is multiplied with, before its sigmoid, [1, hidden]. */
    SHARED_SCALE;

    /**
     * The role as it is written in descriptions.
     *
     * @return for example {@code attention-norm}
     */
    public String key() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * Whether there is one of it in every expert.
     *
     * @return true for the three matrices of an expert
     */
    public boolean isExpert() {
        return this == EXPERT_GATE || this == EXPERT_UP || this == EXPERT_DOWN;
    }

    /**
     * The role that plugins know it by.
     *
     * @return the role; nothing for norms, positions and the gate of the shared expert
     */
    public Optional<Role> siteRole() {
        return Optional.ofNullable(switch (this) {
            case EMBEDDING -> Role.EMBEDDING;
            case HEAD -> Role.HEAD;
            case Q -> Role.QUERY;
            case K -> Role.KEY;
            case V -> Role.VALUE;
            case O -> Role.OUTPUT;
            case Q_DOWN -> Role.QUERY_DOWN;
            case Q_UP -> Role.QUERY_UP;
            case KV_DOWN -> Role.KV_DOWN;
            case KV_UP -> Role.KV_UP;
            case GATE, EXPERT_GATE, SHARED_GATE -> Role.GATE;
            case UP, EXPERT_UP, SHARED_UP -> Role.UP;
            case DOWN, EXPERT_DOWN, SHARED_DOWN -> Role.DOWN;
            case ROUTER -> Role.ROUTER;
            default -> null;
        });
    }

    static TensorRole of(String key) {
        return valueOf(key.toUpperCase(Locale.ROOT).replace('-', '_'));
    }
}
