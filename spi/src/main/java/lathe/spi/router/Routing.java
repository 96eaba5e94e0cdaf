package lathe.spi.router;

import java.util.Map;

import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Tensor;

/**
 * Experts and weights of every token.
 *
 * @param experts I32 [n, slots], -1 for an unused slot; a token without experts gets zeros
 * @param weights F32 [n, slots], 0 for an unused slot
 * @param values  losses and counts by name ({@code balance_loss}, {@code z_loss}, {@code dropped}), before their
 *                coefficients; {@code loss} is what training adds, with coefficients
 */
public record Routing(Tensor experts, Tensor weights, Map<String, Double> values) {
    /** Checks shapes and types. */
    public Routing {
        if (experts.type() != DataType.I32 || !experts.shape().equals(weights.shape()) || experts.rank() != 2) {
            throw new IllegalArgumentException("Experts must be I32 [n, slots] and weights of the same shape, not "
                    + experts.type() + " " + experts.shape() + " and " + weights.shape() + ".");
        }
        values = Map.copyOf(values);
    }

    /**
     * A routing without losses.
     *
     * @param experts I32 [n, slots]
     * @param weights F32 [n, slots]
     * @return the routing
     */
    public static Routing of(Tensor experts, Tensor weights) {
        return new Routing(experts, weights, Map.of());
    }
}
