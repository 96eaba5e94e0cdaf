package lathe.report;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import lathe.report.Comparison.Cell;
import lathe.report.Comparison.Column;
import lathe.report.Comparison.Row;

/**
 * Charts along sweep keys: lines with bands, and maps over two keys.
 */
final class SweepCharts {
    private final Comparison table;
    private final Anchors anchors;

    /**
     * @param table   the numbers
     * @param anchors where nodes stand
     */
    SweepCharts(Comparison table, Anchors anchors) {
        this.table = table;
        this.anchors = anchors;
    }

    /**
     * @param key    the sweep key along
     * @param column the metric up
     * @return the chart; empty when no subject has two values of the key
     */
    Optional<Chart> lines(String key, Column column) {
        List<Row> rows = ChartChooser.measured(table, column);
        List<Object> values = values(rows, key);
        boolean numbers = values.stream().allMatch(Number.class::isInstance);
        Map<String, List<Row>> groups = groups(rows, Set.of(key));
        List<Chart.Series> series = new ArrayList<>();
        groups.forEach((name, members) -> {
            if (members.size() > 1) {
                series.add(new Chart.Series(name, steps(members, key, column, values, numbers)));
            }
        });
        if (series.isEmpty()) {
            return Optional.empty();
        }
        List<Chart.Reference> references = rows.stream().filter(row -> row.baseline() && !row.point().containsKey(key))
                .map(row -> reference(row, column)).toList();
        List<Double> all = new ArrayList<>(references.stream().map(Chart.Reference::y).toList());
        series.forEach(line -> line.points().forEach(step -> all.add(step.y())));
        String name = SweepKeys.shortName(key, table.keys());
        List<String> categories = numbers ? List.of() : values.stream().map(String::valueOf).toList();
        return Optional.of(new Chart("line",
                PointCharts.capital(column.style().label()) + " along " + name, banded(series),
                new Chart.Lines(new Chart.Axis(name, "plain", false), ChartChooser.axis(column, all), categories,
                        series, references)));
    }

    private static String banded(List<Chart.Series> series) {
        boolean band = series.stream().flatMap(line -> line.points().stream())
                .anyMatch(step -> step.high() > step.low());
        return band ? "Bands are the intervals over seeds." : "";
    }

    private Chart.Reference reference(Row row, Column column) {
        double value = table.finite(row, column).orElseThrow().value();
        return new Chart.Reference(row.subject(), value, column.format(value));
    }

    private List<Chart.Step> steps(List<Row> rows, String key, Column column, List<Object> values, boolean numbers) {
        List<Chart.Step> steps = new ArrayList<>();
        for (Row row : rows) {
            Object place = row.point().get(key);
            double x = numbers ? ((Number) place).doubleValue() : values.indexOf(place);
            Cell cell = table.finite(row, column).orElseThrow();
            boolean interval = cell.spread().isPresent();
            steps.add(new Chart.Step(x, cell.value(), interval ? cell.low() : cell.value(),
                    interval ? cell.high() : cell.value(), column.format(cell.value()),
                    anchors.of(row.subject(), row.point())));
        }
        steps.sort(Comparator.comparingDouble(Chart.Step::x));
        return steps;
    }

    /** Rows that have the keys, by subject and the rest of their points. */
    private Map<String, List<Row>> groups(List<Row> rows, Collection<String> keys) {
        Map<String, List<Row>> groups = new LinkedHashMap<>();
        for (Row row : rows) {
            if (row.point().keySet().containsAll(keys)) {
                Map<String, Object> rest = new LinkedHashMap<>(row.point());
                rest.keySet().removeAll(keys);
                String name = new Row(row.subject(), rest, false, List.of()).label(table.keys());
                groups.computeIfAbsent(name, first -> new ArrayList<>()).add(row);
            }
        }
        return groups;
    }

    private static List<Object> values(List<Row> rows, String key) {
        Set<Object> values = new LinkedHashSet<>();
        rows.stream().filter(row -> row.point().get(key) != null).forEach(row -> values.add(row.point().get(key)));
        List<Object> sorted = new ArrayList<>(values);
        if (sorted.stream().allMatch(Number.class::isInstance)) {
            sorted.sort(Comparator.comparingDouble(value -> ((Number) value).doubleValue()));
        }
        return sorted;
    }

    /**
     * @param x      the sweep key along
     * @param y      the sweep key up
     * @param column the metric shown as colour
     * @return one map a subject that has at least two values of each key
     */
    List<Chart> maps(String x, String y, Column column) {
        List<Chart> maps = new ArrayList<>();
        groups(ChartChooser.measured(table, column), List.of(x, y)).forEach((name, rows) -> {
            List<Object> columns = values(rows, x);
            List<Object> lines = values(rows, y);
            if (columns.size() > 1 && lines.size() > 1) {
                List<Chart.HeatCell> cells = new ArrayList<>();
                for (Row row : rows) {
                    double value = table.finite(row, column).orElseThrow().value();
                    cells.add(new Chart.HeatCell(columns.indexOf(row.point().get(x)),
                            lines.indexOf(row.point().get(y)), value, column.format(value)));
                }
                maps.add(MatrixCharts.chart(PointCharts.capital(column.style().label()) + " of " + name, "",
                        new MatrixCharts.Frame(SweepKeys.shortName(x, table.keys()),
                                SweepKeys.shortName(y, table.keys()), texts(columns), texts(lines)),
                        cells));
            }
        });
        return maps;
    }

    private static List<String> texts(List<Object> values) {
        return values.stream().map(String::valueOf).toList();
    }
}
