package lathe.runtime.price;

import java.util.Map;
import java.util.Optional;

import lathe.runtime.graph.MethodUse;

/** Parameters that methods name alike: what the price of a method that nobody knows is guessed from. */
final class Keys {
    private final Map<String, Object> values;

    Keys(MethodUse use) {
        this.values = use.values();
    }

    Optional<Double> number(String key) {
        return Optional.ofNullable(values.get(key)).filter(Number.class::isInstance).map(
                value -> ((Number) value).doubleValue());
    }

    Optional<String> text(String key) {
        return Optional.ofNullable(values.get(key)).map(Object::toString);
    }

    /** Bits that a weight is expected to take afterwards, of as many as it takes before. */
    double bits(double before) {
        Optional<Double> bits = number("bits");
        if (bits.isPresent()) {
            double group = number("group").filter(size -> size > 0).orElse(128.0);
            return Math.min(before, bits.get() + 32 / group);
        }
        return before * (1 - sparsity()) + (sparsity() > 0 ? 1 : 0);
    }

    /** The part of the weights that goes. */
    private double sparsity() {
        String[] pattern = text("pattern").orElse("").split(":");
        if (pattern.length == 2 && pattern[0].matches("\\d+") && pattern[1].matches("\\d+")) {
            return 1 - Double.parseDouble(pattern[0]) / Double.parseDouble(pattern[1]);
        }
        return number("sparsity").filter(part -> part > 0 && part < 1).orElse(0.0);
    }
}
