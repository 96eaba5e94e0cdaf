package lathe.models.architecture;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

import lathe.models.checkpoint.Visible;
import lathe.spi.LatheException;

/**
 * What a config says of rotary positions: {@code rope_parameters} of transformers 5, or {@code rope_theta} and
 * {@code rope_scaling} (with {@code rope_type} or {@code type}) as most public checkpoints have them.
 */
final class RopeReader {
    private final Family family;
    private final Evaluation block;
    private Map<?, ?> parameters = Map.of();
    private String type = "default";

    RopeReader(Family family, Evaluation block) {
        this.family = family;
        this.block = block;
    }

    Rope read() {
        Rope.Pairing pairing = Rope.Pairing.valueOf(
                block.text(family.get("block.rotary.pairing"), "the pairing").toUpperCase(Locale.ROOT));
        long width = block.whole("head_dim", "head_dim", 1, Integer.MAX_VALUE);
        long dimension = block.whole(family.get("block.rotary.dimension"), "the rotary width", 1, width);
        if (dimension % 2 != 0) {
            throw block.problem("rotary positions turn " + dimension + " of the " + width
                    + " components of a head (head_dim), and an even number is needed");
        }
        Double base = block.number(family.get("block.rotary.theta"), "rope_theta");
        if (base == null || !(base > 1) || base.isInfinite()) {
            throw block.problem("'rope_theta' is " + base + "; it must be a number above 1");
        }
        Object found = block.any(family.get("block.rotary.parameters"));
        if (found instanceof Map<?, ?> map) {
            parameters = map;
        } else if (found != null && found != Evaluation.ABSENT) {
            throw block.problem("'rope_scaling' is not an object");
        }
        return new Rope(pairing, (int) dimension, base, scaling((int) dimension));
    }

    private Rope.Scaling scaling(int dimension) {
        Object named = parameters.get("rope_type") != null ? parameters.get("rope_type") : parameters.get("type");
        if (named != null && !(named instanceof String)) {
            throw block.problem("the type of 'rope_scaling' is not a text");
        }
        type = named == null ? "default" : meant((String) named);
        return switch (type) {
            case "default" -> new Rope.Scaling.None();
            case "linear" -> new Rope.Scaling.Linear(factor());
            // As in transformers, the length that counts here is the model's own, not the original one.
            case "dynamic" -> new Rope.Scaling.Dynamic(factor(), (int) block.whole("positions", "positions", 2,
                    Integer.MAX_VALUE));
            case "llama3" -> llama3();
            case "yarn" -> yarn();
            case "longrope" -> longRope(dimension);
            default -> throw block.problem("it asks for rotary scaling of the unknown type " + Visible.name(type)
                    + "; known are default, linear, dynamic, llama3, yarn and longrope");
        };
    }

    /** The name as it is now: families that had other names for a type go on to understand them. */
    private String meant(String named) {
        String older = "block.rotary.older-types";
        return family.has(older) ? family.formulas(older).getOrDefault(named, named) : named;
    }

    private Rope.Scaling llama3() {
        double low = needed("low_freq_factor");
        double high = needed("high_freq_factor");
        if (!(low > 0 && high > low)) {
            throw problem("needs 0 < low_freq_factor < high_freq_factor, not " + low + " and " + high);
        }
        double positions = needed("original_max_position_embeddings");
        return new Rope.Scaling.Llama3(factor(), low, high, whole("original_max_position_embeddings", positions));
    }

    private Rope.Scaling yarn() {
        double factor = factor();
        OptionalDouble given = number("attention_factor");
        double multiplier = given.isPresent() ? given.getAsDouble()
                : Rope.yarnMultiplier(factor, number("mscale"), number("mscale_all_dim"));
        double fast = number("beta_fast").orElse(32);
        double slow = number("beta_slow").orElse(1);
        if (!(slow > 0 && fast >= slow)) {
            throw problem("needs 0 < beta_slow <= beta_fast, not " + slow + " and " + fast);
        }
        boolean truncate = !Boolean.FALSE.equals(parameters.get("truncate"));
        return new Rope.Scaling.Yarn(factor, fast, slow, originalPositions(), truncate, multiplier);
    }

    private Rope.Scaling longRope(int dimension) {
        int original = originalPositions();
        double positions = block.whole("positions", "positions", 1, Integer.MAX_VALUE);
        double stretch = number("factor").orElse(positions / original);
        double multiplier = number("attention_factor").orElse(
                stretch <= 1 ? 1 : Math.sqrt(1 + Math.log(stretch) / Math.log(original)));
        return new Rope.Scaling.Long(divisors("short_factor", dimension), divisors("long_factor", dimension), original,
                multiplier);
    }

    private List<Double> divisors(String key, int dimension) {
        List<Double> divisors = new ArrayList<>();
        if (parameters.get(key) instanceof List<?> list && list.size() == dimension / 2) {
            for (Object entry : list) {
                if (!(entry instanceof Number number && number.doubleValue() > 0)) {
                    throw problem("has an entry in '" + key + "' that is not a positive number");
                }
                divisors.add(number.doubleValue());
            }
            return divisors;
        }
        throw problem("needs '" + key + "', a list of " + dimension / 2 + " numbers");
    }

    private double factor() {
        double factor = needed("factor");
        if (!(factor >= 1) || Double.isInfinite(factor)) {
            throw problem("has the factor " + factor + "; it must be at least 1");
        }
        return factor;
    }

    private int originalPositions() {
        return (int) block.whole(family.get("block.rotary.original-positions"), "original_max_position_embeddings", 2,
                Integer.MAX_VALUE);
    }

    private int whole(String key, double value) {
        if (value < 2 || value > Integer.MAX_VALUE || value % 1 != 0) {
            throw problem("has '" + key + "' " + value + " where a whole number of at least 2 is needed");
        }
        return (int) value;
    }

    private double needed(String key) {
        return number(key).orElseThrow(() -> problem("has no '" + key + "'"));
    }

    private OptionalDouble number(String key) {
        return switch (parameters.get(key)) {
            case null -> OptionalDouble.empty();
            case Number number -> OptionalDouble.of(number.doubleValue());
            default -> throw problem("has a '" + key + "' that is not a number");
        };
    }

    private LatheException problem(String what) {
        return block.problem("its rotary scaling of type " + type + " " + what);
    }
}
