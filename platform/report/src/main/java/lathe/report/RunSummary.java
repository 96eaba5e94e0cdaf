package lathe.report;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What ran, when and on what.
 *
 * @param name        the experiment's name
 * @param description one sentence about it; may be empty
 * @param started     when the run began
 * @param seconds     how long it took
 * @param facts       what a reader wants to know first, in order, such as model, data, machine and command
 * @param lineage     everything the run depended on (bundles with digests, JDK, CPU, seeds, input files), in order;
 *                    values as in JSON: text, numbers, truth values, null, lists and maps of these
 */
public record RunSummary(String name, String description, Instant started, double seconds, Map<String, String> facts,
        Map<String, Object> lineage) {

    /** Checks that all parts are there and copies the maps. */
    public RunSummary {
        requireNonNull(name, "name is null");
        requireNonNull(description, "description is null");
        requireNonNull(started, "started is null");
        facts = Collections.unmodifiableMap(new LinkedHashMap<>(requireNonNull(facts, "facts is null")));
        lineage = PlainValues.copyOf(requireNonNull(lineage, "lineage is null"));
    }
}
