package lathe.testkit.golden;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigValue;

import lathe.spi.Kind;
import lathe.spi.model.Site;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.testkit.scene.GivenStatistics;

/**
 * A case: what is done with which inputs, and what must come out.
 *
 * @param kind         kind of the method
 * @param method       the name of the method's folder
 * @param name         the name of the case
 * @param operation    what is done
 * @param parameters   names of the card's parameter table with their values
 * @param inputs       tensors by name, alive as long as the scope that the case was read into
 * @param expectations what must come out
 */
public record GoldenCase(
        Kind kind,
        String method,
        String name,
        String operation,
        Config parameters,
        Map<String, Tensor> inputs,
        List<Expectation> expectations) {
    /** Cases of tuners are float64 with its tolerances; training is float32, and is held to what that can give. */
    private static final double FLOAT_RELATIVE = 1e-4;
    private static final double FLOAT_ABSOLUTE = 1e-5;

    /** Checks the parts. */
    public GoldenCase {
        requireNonNull(kind, "kind is null");
        requireNonNull(method, "method is null");
        requireNonNull(name, "name is null");
        requireNonNull(operation, "operation is null");
        requireNonNull(parameters, "parameters is null");
        inputs = Map.copyOf(inputs);
        expectations = expectations.stream()
                .map(expectation -> kind == Kind.TUNER ? expectation.atLeast(FLOAT_RELATIVE, FLOAT_ABSOLUTE)
                        : expectation)
                .toList();
    }

    /**
     * An input that the operation needs.
     *
     * @param input its name
     * @return the tensor
     */
    public Tensor input(String input) {
        Tensor tensor = inputs.get(input);
        if (tensor == null) {
            throw new IllegalArgumentException("The case has no input '" + input + "', only " + inputs.keySet() + ".");
        }
        return tensor;
    }

    /**
     * An input that may be there.
     *
     * @param input its name
     * @return the tensor, if the case has it
     */
    public Optional<Tensor> find(String input) {
        return Optional.ofNullable(inputs.get(input));
    }

    /**
     * Whether a result is asked for.
     *
     * @param result its name
     * @return true if the case compares it
     */
    public boolean expects(String result) {
        return expectations.stream().anyMatch(expectation -> expectation.name().equals(result));
    }

    /**
     * Names of the parameters.
     *
     * @return keys of the outermost object
     */
    public Set<String> parameterNames() {
        return parameters.root().keySet();
    }

    /**
     * A whole number among the parameters.
     *
     * @param parameter its name
     * @return the number, if the case gives it
     */
    public Optional<Integer> whole(String parameter) {
        return parameters.hasPath(parameter) ? Optional.of(parameters.getInt(parameter)) : Optional.empty();
    }

    /**
     * A number among the parameters.
     *
     * @param parameter its name
     * @return the number, if the case gives it
     */
    public Optional<Double> number(String parameter) {
        return parameters.hasPath(parameter) ? Optional.of(parameters.getDouble(parameter)) : Optional.empty();
    }

    /**
     * A word among the parameters.
     *
     * @param parameter its name
     * @return the word, if the case gives it
     */
    public Optional<String> word(String parameter) {
        return parameters.hasPath(parameter) ? Optional.of(parameters.getString(parameter)) : Optional.empty();
    }

    /** The same case with one parameter more. */
    GoldenCase withParameter(String parameter, ConfigValue value) {
        return new GoldenCase(
                kind, method, name, operation, parameters.withValue(parameter, value), inputs, expectations);
    }

    /** What is expected of a result, if the case compares it. */
    Optional<Expectation> expectation(String result) {
        return expectations.stream().filter(expectation -> expectation.name().equals(result)).findFirst();
    }

    /** Statistics of the inputs x [tokens, in], if the case brings them. */
    GivenStatistics statistics(Site site, Scope scope) {
        Tensor x = inputs.get("x");
        if (x == null) {
            return GivenStatistics.none(site, scope);
        }
        int[] lengths = find("sequence_lengths").map(Tensor::toInts).orElse(new int[] {x.size(0)});
        return GivenStatistics.of(site, x, lengths, scope);
    }
}
