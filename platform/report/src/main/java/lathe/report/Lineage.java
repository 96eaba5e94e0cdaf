package lathe.report;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import lathe.report.PageView.Fact;
import lathe.report.PageView.LineageTable;
import lathe.report.PageView.LineageView;

/**
 * Lays a lineage out for reading: lists of maps become tables, everything else facts, nested keys joined by spaces.
 */
final class Lineage {
    private final List<Fact> facts = new ArrayList<>();
    private final List<LineageTable> tables = new ArrayList<>();

    private Lineage() {}

    /**
     * @param lineage plain values
     * @return its layout; null when there is nothing to show
     */
    static LineageView view(Map<String, Object> lineage) {
        if (lineage.isEmpty()) {
            return null;
        }
        Lineage layout = new Lineage();
        layout.add("", lineage);
        return new LineageView(layout.facts, layout.tables);
    }

    private void add(String prefix, Map<?, ?> map) {
        map.forEach((key, value) -> {
            String name = prefix.isEmpty() ? key.toString() : prefix + " " + key;
            switch (value) {
                case Map<?, ?> nested when !nested.isEmpty() -> add(name, nested);
                case List<?> list when isTable(list) -> tables.add(table(name, list));
                case null, default -> facts.add(new Fact(name, ConfigText.value(value)));
            }
        });
    }

    private static boolean isTable(List<?> list) {
        return !list.isEmpty() && list.stream().allMatch(Map.class::isInstance);
    }

    private static LineageTable table(String title, List<?> list) {
        Set<String> headers = new LinkedHashSet<>();
        list.forEach(entry -> ((Map<?, ?>) entry).keySet().forEach(key -> headers.add(key.toString())));
        List<List<String>> rows = new ArrayList<>();
        for (Object entry : list) {
            Map<?, ?> map = (Map<?, ?>) entry;
            rows.add(headers.stream().map(key -> map.containsKey(key) ? ConfigText.value(map.get(key)) : "").toList());
        }
        return new LineageTable(title, List.copyOf(headers), rows);
    }
}
