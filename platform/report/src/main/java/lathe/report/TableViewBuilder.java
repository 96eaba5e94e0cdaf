package lathe.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import lathe.report.Comparison.Cell;
import lathe.report.Comparison.Column;
import lathe.report.Comparison.Row;
import lathe.report.MetricStyle.Category;
import lathe.report.MetricStyle.Goal;
import lathe.report.PageView.Header;
import lathe.report.PageView.Highlight;
import lathe.report.PageView.KeyCell;
import lathe.report.PageView.TableRow;
import lathe.report.PageView.TableView;
import lathe.report.PageView.ValueCell;

/**
 * The comparison and the tiles above it, ready for the template.
 */
final class TableViewBuilder {
    private final RunReport report;
    private final Comparison table;
    private final Anchors anchors;

    /**
     * @param report  the run
     * @param table   its numbers
     * @param anchors where its nodes stand
     */
    TableViewBuilder(RunReport report, Comparison table, Anchors anchors) {
        this.report = report;
        this.table = table;
        this.anchors = anchors;
    }

    /**
     * @return the table
     */
    TableView build() {
        List<Header> headers = new ArrayList<>();
        headers.add(new Header("subject", "", "", "text", "ascending"));
        for (String key : table.keys()) {
            headers.add(new Header(SweepKeys.shortName(key, table.keys()), "", key, isNumeric(key) ? "num" : "text",
                    "ascending"));
        }
        for (Column column : table.columns()) {
            String first = column.style().goal() == Goal.HIGHER ? "descending" : "ascending";
            headers.add(new Header(column.style().label(), column.subtitle(), column.metric() + goal(column.style()),
                    "num", first));
        }
        return new TableView(caption(), headers, table.rows().stream().map(this::row).toList());
    }

    private String caption() {
        String baseline = table.baseline().map(Row::subject).orElse("");
        return table.rows().size() < 2 ? "" : "Differences are to " + baseline
                + ", a dot marks the best of a column; click a heading to sort.";
    }

    private static String goal(MetricStyle style) {
        return switch (style.goal()) {
            case LOWER -> ": lower is better";
            case HIGHER -> ": higher is better";
            case NONE -> "";
        };
    }

    private boolean isNumeric(String key) {
        return table.rows().stream().map(row -> row.point().get(key)).filter(value -> value != null)
                .allMatch(Number.class::isInstance);
    }

    private TableRow row(Row row) {
        List<KeyCell> keys = table.keys().stream().map(key -> key(row, key)).toList();
        List<ValueCell> cells = new ArrayList<>();
        for (int i = 0; i < table.columns().size(); i++) {
            Cell cell = row.cells().get(i);
            cells.add(cell == null ? ValueCell.none() : value(row, table.columns().get(i), cell));
        }
        return new TableRow(row.subject(), detail(row), anchors.of(row.subject(), row.point()), row.baseline(), keys,
                cells);
    }

    /** What made the subject: the verb and method of its node. */
    private String detail(Row row) {
        Optional<NodeRow> node = report.nodes().stream().filter(found -> found.name().equals(row.subject()))
                .findFirst();
        return node.map(found -> found.verb() + (found.method().isEmpty() ? "" : " " + found.method())).orElse("");
    }

    private KeyCell key(Row row, String key) {
        Object value = row.point().get(key);
        String text = value == null ? "" : ConfigText.value(value);
        return new KeyCell(text, text, isNumeric(key) ? "num" : "text");
    }

    private ValueCell value(Row row, Column column, Cell cell) {
        String spread = cell.spread().isPresent() ? "\u00b1\u202f" + column.formatSpread(cell.spread().getAsDouble())
                : "";
        String delta = cell.ratio().isPresent() ? Numbers.change(cell.ratio().getAsDouble()) : "";
        return new ValueCell(false, column.format(cell.value()), Double.toString(cell.value()),
                anchors.of(cell.node(), row.point()), title(column, cell), spread, delta, tone(column, cell),
                cell.best());
    }

    private static String title(Column column, Cell cell) {
        StringBuilder title = new StringBuilder(Double.toString(cell.value()));
        if (!column.unit().isEmpty()) {
            title.append(' ').append(column.unit());
        }
        if (cell.low() != null && cell.high() != null) {
            title.append(", from ").append(cell.low()).append(" to ").append(cell.high());
        }
        if (cell.samples() > 1) {
            title.append(", mean of ").append(cell.samples()).append(" seeds with 95\u202f% interval");
        } else {
            title.append(", seed ").append(cell.seed());
        }
        title.append(", measured by ").append(cell.node());
        return column.protocol().isEmpty() ? title.toString() : title + " (" + column.protocol() + ")";
    }

    private static String tone(Column column, Cell cell) {
        if (cell.ratio().isEmpty() || Math.abs(cell.ratio().getAsDouble() - 1) < 0.0005) {
            return "";
        }
        if (column.style().better(cell.value(), cell.baseline())) {
            return "better";
        }
        return column.style().better(cell.baseline(), cell.value()) ? "worse" : "";
    }

    /**
     * @return the best variant in quality, size and speed; empty without something to compare
     */
    List<Highlight> highlights() {
        List<Highlight> tiles = new ArrayList<>();
        if (table.rows().size() > 1) {
            best(Category.QUALITY, "").ifPresent(tiles::add);
            best(Category.SIZE, "Smallest").ifPresent(tiles::add);
            best(Category.SPEED, "Fastest").ifPresent(tiles::add);
        }
        return tiles;
    }

    private Optional<Highlight> best(Category category, String label) {
        Optional<Column> column = table.columns(category).stream()
                .filter(found -> found.style().goal() != Goal.NONE).findFirst();
        return column.flatMap(found -> bestRow(found).map(row -> highlight(label, found, row)));
    }

    private Optional<Row> bestRow(Column column) {
        Row best = null;
        for (Row row : ChartChooser.measured(table, column)) {
            boolean variant = !row.subject().equals(table.rows().getFirst().subject());
            if (variant && (best == null || column.style().better(number(row, column), number(best, column)))) {
                best = row;
            }
        }
        return Optional.ofNullable(best);
    }

    private double number(Row row, Column column) {
        return table.finite(row, column).orElseThrow().value();
    }

    private Highlight highlight(String label, Column column, Row row) {
        Cell cell = table.finite(row, column).orElseThrow();
        String unit = column.style().scale() == MetricStyle.Scale.BYTES ? "" : " " + column.style().label();
        String change = cell.ratio().isPresent() ? Numbers.change(cell.ratio().getAsDouble()) : "";
        String heading = label.isEmpty() ? closeness(column, cell) : label;
        return new Highlight(heading, column.format(cell.value()) + unit, row.label(table.keys()), change,
                tone(column, cell), anchors.of(row.subject(), row.point()));
    }

    private String closeness(Column column, Cell cell) {
        boolean beatsBaseline = cell.baseline() != null && column.style().better(cell.value(), cell.baseline());
        return beatsBaseline ? "Best " + column.style().label() : "Closest to " + table.rows().getFirst().subject();
    }
}
