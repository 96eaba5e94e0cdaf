package lathe.spi.graph;

import lathe.spi.model.ModelInfo;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** A model that can be run, with everything that its plan says: stored weights, attention pattern, cache policy, router. */
public interface LanguageModel {
    /**
     * Sizes and abilities.
     *
     * @return the description
     */
    ModelInfo info();

    /**
     * Logits of every position of one sequence, in one prefill pass.
     *
     * @param tokens at least one id
     * @param scope  where the result lives
     * @return [tokens, vocabulary]
     */
    Tensor logits(int[] tokens, Scope scope);

    /**
     * Starts a sequence that grows token by token through the cache.
     *
     * @return a session, to be closed
     */
    Session open();

    /**
     * Memory of the stored weights.
     *
     * @return bytes, all overhead included
     */
    long weightBytes();

    /** A growing sequence. */
    interface Session extends AutoCloseable {
        /**
         * Takes tokens in.
         *
         * @param tokens the prompt, a chunk of it, or new tokens
         * @param scope  where the result lives
         * @return [vocabulary] logits of the last of them
         */
        Tensor advance(int[] tokens, Scope scope);

        /**
         * Memory of the cache now.
         *
         * @return bytes over all layers
         */
        long cacheBytes();

        /** Frees the cache. */
        @Override
        void close();
    }
}
