package lathe.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import lathe.report.Comparison.Column;
import lathe.report.Comparison.Row;
import lathe.report.MetricStyle.Category;

/**
 * Decides which charts a page shows: first those the experiment asks for, then those its results suggest (the front of
 * size against quality, lines along sweep keys, maps over pairs of them, bars of speeds), then the matrices its nodes
 * handed over.
 */
final class ChartChooser {
    /** More bars than this are a table, not a picture. */
    private static final int MOST_BARS = 30;
    private static final int FEWEST_POINTS = 3;

    private final RunReport report;
    private final Comparison table;
    private final PointCharts points;
    private final SweepCharts sweeps;
    private final List<Chart> charts = new ArrayList<>();
    private final List<String> remarks = new ArrayList<>();

    /**
     * @param report  the run
     * @param table   its table
     * @param anchors where its nodes stand
     */
    ChartChooser(RunReport report, Comparison table, Anchors anchors) {
        this.report = report;
        this.table = table;
        points = new PointCharts(table, anchors);
        sweeps = new SweepCharts(table, anchors);
    }

    /**
     * @return the charts in their order
     */
    List<Chart> choose() {
        report.plots().forEach(this::requested);
        suggestFront();
        suggestSweeps();
        suggestBars();
        report.heatMaps().forEach(map -> MatrixCharts.of(map).ifPresent(charts::add));
        return List.copyOf(charts);
    }

    /**
     * @return sentences about plots that were asked for and could not be drawn
     */
    List<String> remarks() {
        return List.copyOf(remarks);
    }

    private void requested(PlotRequest plot) {
        int before = charts.size();
        Optional<Column> x = table.column(plot.x());
        Optional<Column> y = table.column(plot.y());
        switch (plot.kind()) {
            case PARETO -> x.ifPresent(along -> y.ifPresent(up -> addNew(points.pareto(along, up))));
            case BAR -> x.or(() -> y).ifPresent(column -> addNew(points.bars(column)));
            case LINE -> key(plot.x()).ifPresent(key -> y.ifPresent(up -> addNew(sweeps.lines(key, up))));
            case HEATMAP -> requestedMap(plot);
            default -> throw new IllegalStateException("No such plot: " + plot.kind());
        }
        if (charts.size() == before) {
            remarks.add("The plot " + plot.kind().word() + " of " + plot.x()
                    + (plot.y().isEmpty() ? "" : " and " + plot.y()) + " was asked for and is not shown: "
                    + missing(plot) + ".");
        }
    }

    private void requestedMap(PlotRequest plot) {
        Optional<Column> value = plot.value().isEmpty()
                ? table.columns(Category.QUALITY).stream().findFirst()
                : table.column(plot.value());
        key(plot.x()).ifPresent(x -> key(plot.y()).ifPresent(
                y -> value.ifPresent(metric -> sweeps.maps(x, y, metric).forEach(map -> addNew(Optional.of(map))))));
    }

    private String missing(PlotRequest plot) {
        boolean alongKey = plot.kind() == PlotKind.LINE || plot.kind() == PlotKind.HEATMAP;
        if (alongKey ? key(plot.x()).isEmpty() : table.column(plot.x()).isEmpty()) {
            return "the results hold no " + (alongKey ? "sweep key " : "metric ") + plot.x();
        }
        return "the results hold too few numbers for it";
    }

    private Optional<String> key(String name) {
        return table.keys().stream().filter(key -> key.equals(name) || key.endsWith("." + name)).findFirst();
    }

    private void suggestFront() {
        List<Column> quality = table.columns(Category.QUALITY);
        Optional<Column> bytes = table.column("bytes");
        if (!quality.isEmpty() && bytes.isPresent()) {
            addNew(points.pareto(bytes.get(), quality.getFirst())
                    .filter(chart -> ((Chart.Pareto) chart.data()).points().size() >= FEWEST_POINTS));
        }
    }

    private void suggestSweeps() {
        Optional<Column> quality = table.columns(Category.QUALITY).stream().findFirst();
        quality.ifPresent(column -> table.keys().forEach(key -> addNew(sweeps.lines(key, column))));
        quality.ifPresent(this::suggestMaps);
    }

    private void suggestMaps(Column column) {
        List<String> keys = table.keys();
        for (int i = 0; i < keys.size(); i++) {
            for (String other : keys.subList(i + 1, keys.size())) {
                sweeps.maps(keys.get(i), other, column).forEach(map -> addNew(Optional.of(map)));
            }
        }
    }

    private void suggestBars() {
        List<Column> quality = table.columns(Category.QUALITY);
        List<Column> shown = new ArrayList<>(quality.subList(Math.min(1, quality.size()), quality.size()));
        shown.addAll(table.columns(Category.SPEED));
        for (Column column : shown) {
            long numbers = table.rows().stream().filter(row -> table.finite(row, column).isPresent()).count();
            if (numbers >= 2 && numbers <= MOST_BARS) {
                addNew(points.bars(column));
            }
        }
    }

    private void addNew(Optional<Chart> chart) {
        chart.filter(found -> charts.stream()
                .noneMatch(old -> old.kind().equals(found.kind()) && old.title().equals(found.title())))
                .ifPresent(charts::add);
    }

    /**
     * @param table  a table
     * @param column one of its columns
     * @return its rows that have a finite number there
     */
    static List<Row> measured(Comparison table, Column column) {
        return table.rows().stream().filter(row -> table.finite(row, column).isPresent()).toList();
    }

    /**
     * @param column what the axis shows
     * @param values the numbers on it
     * @return the axis, logarithmic when the numbers span more than a factor of 30
     */
    static Chart.Axis axis(Column column, List<Double> values) {
        String scale = column.style().scale() == MetricStyle.Scale.BYTES ? "bytes" : "plain";
        double low = values.stream().mapToDouble(Double::doubleValue).min().orElse(0);
        double high = values.stream().mapToDouble(Double::doubleValue).max().orElse(0);
        return new Chart.Axis(column.title(), scale, low > 0 && high / low > 30);
    }
}
