package lathe.runtime.config;

import java.util.List;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;

/**
 * Values that the command line puts over those of the file, as in {@code -D graph.pruned.sparsity=0.6}.
 *
 * @param assignments each {@code path=value}, the value in HOCON's spelling; later ones win
 */
public record Overrides(List<String> assignments) {
    /** No overrides. */
    public static final Overrides NONE = new Overrides(List.of());

    /** Copies the list. */
    public Overrides {
        assignments = List.copyOf(assignments);
    }

    /**
     * Overrides from assignments.
     *
     * @param assignments each {@code path=value}
     * @return the overrides
     */
    public static Overrides of(String... assignments) {
        return new Overrides(List.of(assignments));
    }

    /**
     * Puts the values over a configuration that is not resolved yet.
     *
     * @param config   what the file says
     * @param problems receives assignments that cannot be read
     * @return the configuration with the overrides on top
     */
    Config over(Config config, Problems problems) {
        Config result = config;
        for (String assignment : assignments) {
            String origin = "-D " + assignment;
            if (assignment.indexOf('=') < 1) {
                problems.add(new Problem(origin, "", "An override is written path=value, such as seed=3."));
                continue;
            }
            try {
                Config one = ConfigFactory.parseString(
                        assignment, ConfigParseOptions.defaults().setOriginDescription(origin));
                result = one.withFallback(result);
            } catch (ConfigException failure) {
                problems.add(new Problem(origin, "", "This is not HOCON: " + HoconErrors.reason(failure)
                        + " Put quotes around a value with special characters, as in pattern=\"2:4\"."));
            }
        }
        return result;
    }
}
