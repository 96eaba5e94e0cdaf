package lathe.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import lathe.report.Comparison.Cell;
import lathe.report.Comparison.Column;
import lathe.report.Comparison.Row;

/**
 * Pivots flat result rows into a {@link Comparison}.
 */
final class ComparisonBuilder {
    private record Place(String subject, Map<String, Object> point) {}

    private record Measure(String metric, String protocol, String node) {}

    private final List<ResultRow> results;
    private final Map<String, Set<String>> relevantKeys;
    private final Set<Measure> severalNodes;
    private final Map<Place, Map<Measure, List<ResultRow>>> places = new LinkedHashMap<>();
    private final Map<Measure, List<ResultRow>> measures = new LinkedHashMap<>();

    private ComparisonBuilder(RunReport report) {
        results = report.results();
        relevantKeys = new SweepKeys(report.nodes(), results).relevant();
        severalNodes = measuredBySeveralNodes();
    }

    /**
     * @param report the run
     * @return its table
     */
    static Comparison of(RunReport report) {
        return new ComparisonBuilder(report).build();
    }

    private Comparison build() {
        for (ResultRow row : results) {
            Measure measure = measure(row);
            measures.computeIfAbsent(measure, first -> new ArrayList<>()).add(row);
            places.computeIfAbsent(place(row), first -> new LinkedHashMap<>())
                    .computeIfAbsent(measure, first -> new ArrayList<>()).add(row);
        }
        List<Measure> order = measures.keySet().stream()
                .sorted(Comparator.comparingInt(measure -> style(measure).order())).toList();
        List<Column> columns = order.stream().map(this::column).toList();
        List<Row> rows = markBest(columns, withBaseline(order, rows(order)));
        Set<String> keys = new LinkedHashSet<>();
        places.keySet().forEach(place -> keys.addAll(place.point().keySet()));
        return new Comparison(List.copyOf(keys), columns, rows);
    }

    /** Two evaluations of one subject by the same metric and protocol (on two texts) must not be averaged. */
    private Set<Measure> measuredBySeveralNodes() {
        Map<Object, String> firstNode = new LinkedHashMap<>();
        Set<Measure> several = new LinkedHashSet<>();
        for (ResultRow row : results) {
            Object same = List.of(row.subject(), row.point(), row.seed(), row.metric(), row.protocol());
            String node = firstNode.putIfAbsent(same, row.node());
            if (node != null && !node.equals(row.node())) {
                several.add(new Measure(row.metric(), row.protocol(), ""));
            }
        }
        return several;
    }

    private Measure measure(ResultRow row) {
        Measure measure = new Measure(row.metric(), row.protocol(), "");
        return severalNodes.contains(measure) ? new Measure(row.metric(), row.protocol(), row.node()) : measure;
    }

    private Place place(ResultRow row) {
        Map<String, Object> point = new LinkedHashMap<>(row.point());
        point.keySet().retainAll(relevantKeys.get(row.subject()));
        return new Place(row.subject(), point);
    }

    private MetricStyle style(Measure measure) {
        return MetricStyle.of(measure.metric(), measures.get(measure).getFirst().unit());
    }

    private Column column(Measure measure) {
        List<ResultRow> rows = measures.get(measure);
        boolean whole = rows.stream().allMatch(row -> row.value() == Math.rint(row.value()));
        return new Column(measure.metric(), measure.protocol(), measure.node(), rows.getFirst().unit(),
                style(measure), whole);
    }

    private List<Row> rows(List<Measure> order) {
        List<Row> rows = new ArrayList<>();
        places.forEach((place, found) -> {
            List<Cell> cells = new ArrayList<>();
            order.forEach(measure -> cells.add(found.containsKey(measure) ? cell(found.get(measure)) : null));
            rows.add(new Row(place.subject(), place.point(), rows.isEmpty(), cells));
        });
        return rows;
    }

    private static Cell cell(List<ResultRow> rows) {
        ResultRow first = rows.getFirst();
        Map<Long, Double> bySeed = new LinkedHashMap<>();
        rows.forEach(row -> bySeed.putIfAbsent(row.seed(), row.value()));
        if (bySeed.size() == 1) {
            return new Cell(first.value(), first.low(), first.high(), 1, first.node(), first.seed(), null, false);
        }
        double[] values = bySeed.values().stream().mapToDouble(Double::doubleValue).toArray();
        if (Arrays.stream(values).allMatch(value -> value == first.value())) {
            return new Cell(first.value(), null, null, values.length, first.node(), first.seed(), null, false);
        }
        Spread spread = Spread.of(values);
        return new Cell(spread.mean(), spread.low(), spread.high(), bySeed.size(), first.node(), first.seed(), null,
                false);
    }

    /** Every row is compared with the first subject's row at its own sweep point. */
    private static List<Row> withBaseline(List<Measure> order, List<Row> rows) {
        List<Row> compared = new ArrayList<>();
        for (Row row : rows) {
            Row base = rows.stream().filter(other -> other.subject().equals(rows.getFirst().subject()))
                    .filter(other -> row.point().entrySet().containsAll(other.point().entrySet())).findFirst()
                    .orElse(rows.getFirst());
            List<Cell> cells = new ArrayList<>();
            for (int i = 0; i < order.size(); i++) {
                Cell other = base.cells().get(i);
                cells.add(row == base || other == null ? row.cells().get(i)
                        : compare(row.cells().get(i), other.value()));
            }
            compared.add(new Row(row.subject(), row.point(), row.baseline(), cells));
        }
        return compared;
    }

    private static Cell compare(Cell cell, double baseline) {
        return cell == null ? null : new Cell(cell.value(), cell.low(), cell.high(), cell.samples(), cell.node(),
                cell.seed(), baseline, false);
    }

    private static List<Row> markBest(List<Column> columns, List<Row> rows) {
        List<Row> marked = new ArrayList<>();
        for (Row row : rows) {
            List<Cell> cells = new ArrayList<>();
            for (int i = 0; i < columns.size(); i++) {
                Cell cell = row.cells().get(i);
                cells.add(cell != null && isBest(columns.get(i).style(), i, cell, rows) ? best(cell) : cell);
            }
            marked.add(new Row(row.subject(), row.point(), row.baseline(), cells));
        }
        return marked;
    }

    private static boolean isBest(MetricStyle style, int index, Cell cell, List<Row> rows) {
        boolean beatsOne = false;
        for (Row row : rows) {
            Cell other = row.cells().get(index);
            if (other != null && style.better(other.value(), cell.value())) {
                return false;
            }
            beatsOne |= other != null && style.better(cell.value(), other.value());
        }
        return beatsOne;
    }

    private static Cell best(Cell cell) {
        return new Cell(cell.value(), cell.low(), cell.high(), cell.samples(), cell.node(), cell.seed(),
                cell.baseline(), true);
    }
}
