package lathe.engine.check;

import java.util.Optional;
import java.util.Set;

import lathe.spi.model.Rotary;
import lathe.spi.tensor.Tensor;

/** A case as it was read: what is done with which inputs, and what must come out. */
public interface OperatorCase {
    /**
     * How a result is compared.
     *
     * @param compare  {@code exact}, {@code exact-after-rounding-to-f32}, {@code close} or {@code relative-error}
     * @param relative allowed relative to the expected value, or to its norm
     * @param absolute allowed besides for every element
     */
    record Rule(String compare, double relative, double absolute) {}

    /**
     * The case's name.
     *
     * @return such as {@code rmsnorm-gemma}
     */
    String name();

    /**
     * What is done.
     *
     * @return such as {@code rms-norm}
     */
    String operation();

    /**
     * Whether the file has a tensor.
     *
     * @param tensor {@code in.<input>} or {@code out.<result>}
     * @return true if it has
     */
    boolean has(String tensor);

    /**
     * A tensor of the file.
     *
     * @param tensor {@code in.<input>} or {@code out.<result>}
     * @return the tensor in its stored type
     */
    Tensor tensor(String tensor);

    /**
     * A number among the parameters.
     *
     * @param parameter its name
     * @return the number, if the case gives it
     */
    Optional<Double> number(String parameter);

    /**
     * A word among the parameters.
     *
     * @param parameter its name
     * @return the word, if the case gives it
     */
    Optional<String> word(String parameter);

    /**
     * A truth among the parameters.
     *
     * @param parameter its name
     * @return its value; false where it is not given
     */
    boolean flag(String parameter);

    /**
     * All that is expected.
     *
     * @return names of results
     */
    Set<String> results();

    /**
     * How a result is compared.
     *
     * @param result one of {@link #results()}
     * @return the rule that the case states for it
     */
    Rule rule(String result);

    /**
     * Rotary positions by the parameters of a case of the operation {@code rope}.
     *
     * @return frequencies, pairing and magnitude
     */
    Rotary rotary();
}
