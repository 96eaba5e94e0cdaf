package lathe.spi.kv;

import java.util.Optional;

import lathe.spi.Notes;
import lathe.spi.numeric.RandomStream;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;

/** What a store is opened with. */
public interface CacheContext extends Notes {
    /**
     * A scope of the sequence, for the store's memory. Stores that drop tokens open children of it and close them.
     *
     * @return closed when the sequence ends
     */
    Scope scope();

    /**
     * The type in which tokens are kept that are not packed.
     *
     * @return F32, BF16 or F16
     */
    DataType elementType();

    /**
     * Random numbers of this layer and sequence.
     *
     * @return a stream
     */
    RandomStream random();

    /**
     * Most tokens that the sequence will have, the prompt and those after it together.
     *
     * @return the number; empty if whoever opened the sequence did not say
     */
    default Optional<Integer> expectedTokens() {
        return Optional.empty();
    }

    /**
     * Sorts of tokens.
     *
     * @return what the tokenizer says; empty if the model is run without one
     */
    default Optional<TokenClasses> tokenClasses() {
        return Optional.empty();
    }
}
