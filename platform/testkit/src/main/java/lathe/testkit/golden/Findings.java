package lathe.testkit.golden;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

import lathe.spi.Notes;
import lathe.spi.tensor.Tensor;

/** Everything that came out of a case: what methods note, and what adapters read off their results. */
final class Findings implements Notes {
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

    /** The last value of a name counts; earlier ones stay in its series. */
    void put(String name, Numbers value) {
        values.put(name, value);
        series.computeIfAbsent(name, fresh -> new ArrayList<>()).add(value);
    }

    /** All values that a name had, in their order. */
    List<Numbers> series(String name) {
        return series.getOrDefault(name, List.of());
    }

    Map<String, Numbers> all() {
        return values;
    }
}
