package lathe.testkit.scene;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

import lathe.spi.Notes;
import lathe.spi.tensor.Tensor;

/** Everything that came out of a case: what methods note, and what adapters read off their results. */
public final class Findings implements Notes {
    private final Map<String, Numbers> values = new LinkedHashMap<>();
    private final Map<String, List<Numbers>> series = new LinkedHashMap<>();

    @Override
    public void note(String name, Tensor value) {
        put(name, Numbers.of(value));
    }

    @Override
    public void note(String name, double value) {
        put(name, Numbers.of(value));
    }

    @Override
    public void note(String name, Supplier<Tensor> value) {
        note(name, value.get());
    }

    /**
     * Adds a value. The last value of a name counts; earlier ones stay in its series.
     *
     * @param name  the name
     * @param value the value
     */
    public void put(String name, Numbers value) {
        values.put(name, value);
        series.computeIfAbsent(name, fresh -> new ArrayList<>()).add(value);
    }

    /**
     * All values that a name had.
     *
     * @param name the name
     * @return in their order
     */
    public List<Numbers> series(String name) {
        return series.getOrDefault(name, List.of());
    }

    /**
     * The last value of every name.
     *
     * @return values by name
     */
    public Map<String, Numbers> all() {
        return values;
    }
}
