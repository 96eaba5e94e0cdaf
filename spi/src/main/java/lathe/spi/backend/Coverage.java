package lathe.spi.backend;

import static java.util.Objects.requireNonNull;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * What a backend computes and what it leaves to the CPU, told without opening it, so that it can be listed on a machine
 * that has not got the processor. {@link Compute#refusal(lathe.spi.operator.LinearOperator)} decides about one weight.
 *
 * @param computed what there are kernels for, a few words each
 * @param left     what the backend leaves to the CPU: its name and the reason, a sentence
 */
public record Coverage(List<String> computed, SequencedMap<String, String> left) {
    /** Every stored form, attention plan and operation of the SPI. */
    public static final Coverage EVERYTHING = new Coverage(
            List.of("every stored form, attention plan and operation"), new LinkedHashMap<>());

    /** Copies both. */
    public Coverage {
        computed = List.copyOf(computed);
        left = copy(requireNonNull(left, "left is null"));
    }

    private static SequencedMap<String, String> copy(Map<String, String> map) {
        return Collections.unmodifiableSequencedMap(new LinkedHashMap<>(map));
    }
}
