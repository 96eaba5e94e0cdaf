package lathe.spi.graph;

import java.util.List;

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
     * Logits of several sequences, computed together where that is faster.
     *
     * @param sequences each with at least one id
     * @param scope     where the results live
     * @return [tokens, vocabulary] of each sequence
     */
    default List<Tensor> logits(List<int[]> sequences, Scope scope) {
        return sequences.stream().map(tokens -> logits(tokens, scope)).toList();
    }

    /**
     * Takes tokens in by several sessions of this model, computed together where that is faster.
     *
     * @param sessions sessions that {@link #open} gave, all different
     * @param tokens   what each takes in; as many lists as sessions, of any lengths
     * @param scope    where the result lives
     * @return [sessions, vocabulary] logits of the last token of each
     */
    default Tensor advance(List<? extends Session> sessions, List<int[]> tokens, Scope scope) {
        Tensor all = scope.zeros(sessions.size(), info().vocabulary());
        for (int i = 0; i < sessions.size(); i++) {
            try (Scope local = scope.child()) {
                all.row(i).assign(sessions.get(i).advance(tokens.get(i), local));
            }
        }
        return all;
    }

    /**
     * Starts a sequence that grows token by token through the cache.
     *
     * @return a session, to be closed
     */
    Session open();

    /**
     * Starts such a sequence whose length to come is known, as far as the cache goes by it.
     *
     * @param tokens most that it will take in, the prompt among them
     * @return a session, to be closed
     */
    default Session openFor(int tokens) {
        return open();
    }

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
