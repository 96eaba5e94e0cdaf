package lathe.spi.tuner;

import static java.util.Objects.requireNonNull;

import lathe.spi.autograd.Variable;

/**
 * What a tuned linear layer reads.
 *
 * @param x       [n, in], what the frozen weight reads
 * @param dropped [n, in], the same with elements dropped out where {@link Tuner#dropout()} asks for it; else x itself
 */
public record TunedInput(Variable x, Variable dropped) {
    /** Checks the parts. */
    public TunedInput {
        requireNonNull(x, "x is null");
        requireNonNull(dropped, "dropped is null");
    }

    /**
     * An input without dropout.
     *
     * @param x [n, in]
     * @return the input
     */
    public static TunedInput of(Variable x) {
        return new TunedInput(x, x);
    }

    /**
     * Whether anything was dropped.
     *
     * @return false outside of training and without dropout
     */
    public boolean drops() {
        return x != dropped;
    }
}
