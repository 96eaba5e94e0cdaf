package lathe.models.transformer;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import lathe.models.cache.EvictingStore;
import lathe.models.cache.KeyRotation;
import lathe.spi.LatheException;
import lathe.spi.Refusal;
import lathe.spi.attention.AttentionPattern;
import lathe.spi.kv.Budget;
import lathe.spi.kv.CacheContext;
import lathe.spi.kv.Evictor;
import lathe.spi.kv.FullStore;
import lathe.spi.kv.KvPolicy;
import lathe.spi.kv.KvStore;
import lathe.spi.kv.TokenClasses;
import lathe.spi.model.LayerInfo;
import lathe.spi.model.ModelInfo;
import lathe.spi.numeric.RandomStreams;
import lathe.spi.router.Router;
import lathe.spi.tensor.DataType;

/**
 * How a model is run: attention pattern, cache policy, router. Immutable; the {@code with} calls return changed copies.
 *
 * @param attention   which keys are read; empty for all
 * @param cache       what is kept; everything by default
 * @param router      who chooses experts; empty for the model's own gate
 * @param elementType type of cached keys and values that are not packed: F32, BF16 or F16
 * @param random      random numbers of cache policies and routers
 * @param tokens      sorts of tokens, for cache policies that ask
 */
public record ServingPlan(Optional<AttentionPattern> attention, Cache cache, Optional<Router> router,
        DataType elementType, Optional<RandomStreams> random, Optional<TokenClasses> tokens) {
    /** Dense attention, everything kept in float32, the model's own gate. */
    public static final ServingPlan PLAIN = new ServingPlan(Optional.empty(), new Cache.Full(), Optional.empty(),
            DataType.F32, Optional.empty(), Optional.empty());

    /** What is kept of a sequence. */
    public sealed interface Cache {
        /** Every token. */
        record Full() implements Cache {}

        /**
         * What a policy's own stores keep.
         *
         * @param policy who opens the stores
         */
        record Policy(KvPolicy policy) implements Cache {
            /** Checks that there is a policy. */
            public Policy {
                requireNonNull(policy, "policy is null");
            }
        }

        /**
         * The tokens that an evictor chooses.
         *
         * @param evictor who chooses
         * @param budget  how many
         */
        record Evicted(Evictor evictor, Budget budget) implements Cache {
            /** Checks the parts. */
            public Evicted {
                requireNonNull(evictor, "evictor is null");
                requireNonNull(budget, "budget is null");
            }
        }
    }

    /** Checks the parts. */
    public ServingPlan {
        requireNonNull(attention, "attention is null");
        requireNonNull(cache, "cache is null");
        requireNonNull(router, "router is null");
        requireNonNull(random, "random is null");
        requireNonNull(tokens, "tokens is null");
        if (elementType != DataType.F32 && elementType != DataType.BF16 && elementType != DataType.F16) {
            throw new LatheException("A cache can keep F32, BF16 or F16 elements, not " + elementType + ".");
        }
    }

    /**
     * With an attention pattern.
     *
     * @param pattern which keys are read
     * @return a copy
     */
    public ServingPlan withAttention(AttentionPattern pattern) {
        return new ServingPlan(Optional.of(pattern), cache, router, elementType, random, tokens);
    }

    /**
     * With a cache policy.
     *
     * @param policy who opens stores
     * @return a copy
     */
    public ServingPlan withCache(KvPolicy policy) {
        return new ServingPlan(attention, new Cache.Policy(policy), router, elementType, random, tokens);
    }

    /**
     * With an evictor.
     *
     * @param evictor who chooses
     * @param budget  how many tokens
     * @return a copy
     */
    public ServingPlan withCache(Evictor evictor, Budget budget) {
        return new ServingPlan(attention, new Cache.Evicted(evictor, budget), router, elementType, random, tokens);
    }

    /**
     * With a router.
     *
     * @param chooser who chooses experts
     * @return a copy
     */
    public ServingPlan withRouter(Router chooser) {
        return new ServingPlan(attention, cache, Optional.of(chooser), elementType, random, tokens);
    }

    /**
     * With another type of cached elements.
     *
     * @param type F32, BF16 or F16
     * @return a copy
     */
    public ServingPlan withElementType(DataType type) {
        return new ServingPlan(attention, cache, router, type, random, tokens);
    }

    /**
     * With random numbers.
     *
     * @param streams of the graph node
     * @return a copy
     */
    public ServingPlan withRandom(RandomStreams streams) {
        return new ServingPlan(attention, cache, router, elementType, Optional.of(streams), tokens);
    }

    /**
     * With a tokenizer's sorts of tokens.
     *
     * @param classes which tokens are special, which punctuation
     * @return a copy
     */
    public ServingPlan withTokens(TokenClasses classes) {
        return new ServingPlan(attention, cache, router, elementType, random, Optional.of(classes));
    }

    /**
     * What of the plan a model cannot do.
     *
     * @param model the model
     * @return reasons, empty if all can be done
     */
    public List<Refusal> refusals(ModelInfo model) {
        Optional<Refusal> byCache = switch (cache) {
            case Cache.Full full -> Optional.empty();
            case Cache.Policy own -> own.policy().refuses(model);
            case Cache.Evicted evicted -> evicted.evictor().refuses(model);
        };
        Optional<Refusal> byRouter = router.isPresent() && !model.isMixtureOfExperts()
                ? Optional.of(Refusal.because("The model " + model.name() + " has no experts, so that a router has "
                        + "nothing to choose from."))
                : router.flatMap(chooser -> chooser.refuses(model));
        return Stream.of(attention.flatMap(pattern -> pattern.refuses(model)), byCache, byRouter)
                .flatMap(Optional::stream).toList();
    }

    List<KvStore> openStores(ModelInfo model, CacheContexts contexts, KeyRotation rotation) {
        List<KvStore> stores = new ArrayList<>();
        for (LayerInfo layer : model.layers()) {
            CacheContext context = contexts.of(layer);
            stores.add(switch (cache) {
                case Cache.Full full -> new FullStore(layer, context);
                case Cache.Policy own -> own.policy().open(layer, context);
                case Cache.Evicted evicted ->
                    new EvictingStore(layer, context, evicted.evictor(), evicted.budget(), rotation);
            });
        }
        return stores;
    }

    /** Makes what stores are opened with. */
    @FunctionalInterface
    interface CacheContexts {
        CacheContext of(LayerInfo layer);
    }
}
