package lathe.launcher.matrix;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import lathe.runtime.registry.InstalledMethod;

/**
 * What came of all combinations.
 *
 * @param tried    each method alone, then pairs, then random combinations of three kinds
 * @param settings what each method was set to, as HOCON that follows its name
 */
public record MatrixResult(List<Tried> tried, Map<InstalledMethod, String> settings) {
    /** Copies both. */
    public MatrixResult {
        tried = List.copyOf(tried);
        settings = Map.copyOf(new LinkedHashMap<>(settings));
    }

    /**
     * How many combinations ended in a way.
     *
     * @param outcome the way
     * @return their number
     */
    public long count(Tried.Outcome outcome) {
        return tried.stream().filter(one -> one.outcome() == outcome).count();
    }

    /**
     * The combinations that were planned and did not run: defects.
     *
     * @return none if the promise of composition holds
     */
    public List<Tried> failures() {
        return tried.stream().filter(one -> one.outcome() == Tried.Outcome.FAILS).toList();
    }
}
