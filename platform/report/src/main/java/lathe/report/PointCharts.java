package lathe.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

import lathe.report.Comparison.Cell;
import lathe.report.Comparison.Column;
import lathe.report.Comparison.Row;

/**
 * Charts with one mark a subject: the Pareto front and bars.
 */
final class PointCharts {
    private final Comparison table;
    private final Anchors anchors;

    /**
     * @param table   the numbers
     * @param anchors where nodes stand
     */
    PointCharts(Comparison table, Anchors anchors) {
        this.table = table;
        this.anchors = anchors;
    }

    /**
     * @param x the metric along
     * @param y the metric up
     * @return the chart; empty when fewer than two subjects have both
     */
    Optional<Chart> pareto(Column x, Column y) {
        List<Chart.Point> points = new ArrayList<>();
        for (Row row : table.rows()) {
            Optional<Cell> along = table.finite(row, x);
            Optional<Cell> up = table.finite(row, y);
            if (along.isPresent() && up.isPresent()) {
                points.add(point(row, x, along.get(), y, up.get()));
            }
        }
        if (points.size() < 2) {
            return Optional.empty();
        }
        List<Integer> front = front(points, x.style(), y.style());
        Chart.Axis along = ChartChooser.axis(x, points.stream().map(Chart.Point::x).toList());
        Chart.Axis up = ChartChooser.axis(y, points.stream().map(Chart.Point::y).toList());
        String note = front.size() + " of " + points.size() + " lie on the front: nothing else here is better in "
                + x.style().label() + " and " + y.style().label() + " at once.";
        return Optional.of(new Chart("pareto", capital(y.style().label()) + " against " + x.style().label(), note,
                new Chart.Pareto(along, up, points, front)));
    }

    private Chart.Point point(Row row, Column x, Cell along, Column y, Cell up) {
        List<String> text = List.of(row.label(table.keys()), y.style().label() + ": " + y.format(up.value()),
                x.style().label() + ": " + x.format(along.value()));
        return new Chart.Point(row.shortLabel(), along.value(), up.value(), text, row.baseline(),
                anchors.of(row.subject(), row.point()));
    }

    /**
     * @return indices of the points that no other beats or equals in both and beats in one, by rising x
     */
    private static List<Integer> front(List<Chart.Point> points, MetricStyle x, MetricStyle y) {
        List<Integer> front = new ArrayList<>();
        for (int i = 0; i < points.size(); i++) {
            Chart.Point point = points.get(i);
            if (points.stream().noneMatch(other -> dominates(other, point, x, y))) {
                front.add(i);
            }
        }
        front.sort(Comparator.comparingDouble((Integer i) -> points.get(i).x())
                .thenComparingDouble(i -> points.get(i).y()));
        return front;
    }

    private static boolean dominates(Chart.Point other, Chart.Point point, MetricStyle x, MetricStyle y) {
        boolean worse = x.better(point.x(), other.x()) || y.better(point.y(), other.y());
        return !worse && (x.better(other.x(), point.x()) || y.better(other.y(), point.y()));
    }

    /**
     * @param column the metric
     * @return the chart; empty when no subject has it
     */
    Optional<Chart> bars(Column column) {
        List<Chart.Bar> bars = new ArrayList<>();
        for (Row row : ChartChooser.measured(table, column)) {
            Cell cell = table.finite(row, column).orElseThrow();
            boolean interval = cell.spread().isPresent();
            bars.add(new Chart.Bar(row.shortLabel(), cell.value(), interval ? cell.low() : cell.value(),
                    interval ? cell.high() : cell.value(), column.format(cell.value()), row.baseline(),
                    cell.best(), anchors.of(row.subject(), row.point())));
        }
        if (bars.isEmpty()) {
            return Optional.empty();
        }
        String scale = column.style().scale() == MetricStyle.Scale.BYTES ? "bytes" : "plain";
        return Optional.of(new Chart("bar", capital(column.title()), goal(column.style()),
                new Chart.Bars(new Chart.Axis(column.title(), scale, false), bars)));
    }

    private static String goal(MetricStyle style) {
        return switch (style.goal()) {
            case LOWER -> "Shorter is better.";
            case HIGHER -> "Longer is better.";
            case NONE -> "";
        };
    }

    /**
     * @param text a heading
     * @return it with a capital first letter
     */
    static String capital(String text) {
        return text.isEmpty() ? text : text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
    }
}
