package lathe.testkit.scene;

import java.util.Optional;
import java.util.function.Supplier;

import lathe.spi.kv.CacheContext;
import lathe.spi.kv.TokenClasses;
import lathe.spi.numeric.RandomStream;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Opens a store: float32, notes are listened to.
 *
 * @param scope    the store's memory
 * @param random   a stream
 * @param findings receives notes
 * @param tokenClasses sorts of tokens
 * @param expectedTokens most tokens that the sequence will have
 */
public record RunContext(Scope scope, RandomStream random, Findings findings, Optional<TokenClasses> tokenClasses,
        Optional<Integer> expectedTokens)
        implements
            CacheContext {
    /**
     * Without a tokenizer.
     *
     * @param scope    the store's memory
     * @param random   a stream
     * @param findings receives notes
     */
    public RunContext(Scope scope, RandomStream random, Findings findings) {
        this(scope, random, findings, Optional.empty());
    }

    /**
     * With a tokenizer, for a sequence of any length.
     *
     * @param scope        the store's memory
     * @param random       a stream
     * @param findings     receives notes
     * @param tokenClasses sorts of tokens
     */
    public RunContext(Scope scope, RandomStream random, Findings findings, Optional<TokenClasses> tokenClasses) {
        this(scope, random, findings, tokenClasses, Optional.empty());
    }

    @Override
    public DataType elementType() {
        return DataType.F32;
    }

    @Override
    public void note(String name, Tensor value) {
        findings.note(name, value);
    }

    @Override
    public void note(String name, double value) {
        findings.note(name, value);
    }

    @Override
    public void note(String name, Supplier<Tensor> value) {
        findings.note(name, value);
    }
}
