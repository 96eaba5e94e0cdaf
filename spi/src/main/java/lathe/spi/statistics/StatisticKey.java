package lathe.spi.statistics;

import static java.util.Objects.requireNonNull;

import java.util.function.BiFunction;

import lathe.spi.model.Site;
import lathe.spi.tensor.Scope;

/**
 * Names a statistic of a linear's inputs and knows how to build it. Methods with a statistic of their own make a key of
 * their own; sites that share an input share the statistic.
 *
 * @param name        for messages and for telling keys apart
 * @param accumulator makes an accumulator for a site whose result lives in a scope
 */
public record StatisticKey(String name, BiFunction<Site, Scope, Accumulator> accumulator) {
    /** Sum over all tokens of x_j^2: [in]. Divide by sequences or tokens as the method's paper does. */
    public static final StatisticKey INPUT_SQUARES = new StatisticKey("input-squares", StandardAccumulators::squares);
    /** Sum over all tokens of x_j: [in]. */
    public static final StatisticKey INPUT_SUMS = new StatisticKey("input-sums", StandardAccumulators::sums);
    /** Sum over all tokens of |x_j|: [in]. */
    public static final StatisticKey INPUT_MAGNITUDES = new StatisticKey("input-magnitudes",
            StandardAccumulators::magnitudes);
    /** Sum over all tokens of x x^T: [in, in]. GPTQ's Hessian is twice this, divided by the sequences. */
    public static final StatisticKey GRAM = new StatisticKey("gram", StandardAccumulators::gram);
    /** All inputs one after the other: [tokens, in]. Costs memory in proportion to the calibration data. */
    public static final StatisticKey INPUTS = new StatisticKey("inputs", StandardAccumulators::inputs);

    /** Checks the parts. */
    public StatisticKey {
        requireNonNull(name, "name is null");
        requireNonNull(accumulator, "accumulator is null");
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof StatisticKey key && name.equals(key.name);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    @Override
    public String toString() {
        return name;
    }
}
