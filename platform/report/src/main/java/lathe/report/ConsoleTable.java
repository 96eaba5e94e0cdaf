package lathe.report;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

import lathe.report.Comparison.Cell;
import lathe.report.Comparison.Column;
import lathe.report.Comparison.Row;

/**
 * The comparison of a run as text for a terminal: one line a subject, numbers aligned to the right, each with its
 * difference to the first subject where there is room, the best of a column marked by {@code *} or by weight. Below it
 * stand the nodes that failed, each with its reason.
 */
public final class ConsoleTable {
    private static final String GAP = "  ";
    private static final String BOLD = "\u001b[1m";
    private static final String FAINT = "\u001b[2m";
    private static final String RED = "\u001b[31m";
    private static final String RESET = "\u001b[0m";

    private final RunReport report;
    private final Comparison table;

    /**
     * @param report the run
     */
    public ConsoleTable(RunReport report) {
        this.report = requireNonNull(report, "report is null");
        table = ComparisonBuilder.of(report);
    }

    /** A column as text: heading lines, and for every row the number and its difference. */
    private record TextColumn(String heading, String subheading, boolean left, List<String> values,
            List<Boolean> best, List<String> changes) {
        int valueWidth() {
            return values.stream().mapToInt(ConsoleTable::length).max().orElse(0);
        }

        int changeWidth() {
            return changes.stream().mapToInt(ConsoleTable::length).max().orElse(0);
        }

        int width() {
            int change = changeWidth() == 0 ? 0 : changeWidth() + 1;
            return Math.max(Math.max(length(heading), length(subheading)), valueWidth() + change);
        }

        TextColumn withoutChanges() {
            return new TextColumn(heading, subheading, left, values, best, values.stream().map(value -> "").toList());
        }
    }

    /**
     * @param style what the terminal can show
     * @return the lines, each ended by a line feed
     */
    public String render(ConsoleStyle style) {
        requireNonNull(style, "style is null");
        StringBuilder text = new StringBuilder();
        if (!table.rows().isEmpty()) {
            List<TextColumn> columns = columns(style);
            if (width(columns) > style.width()) {
                columns = columns.stream().map(TextColumn::withoutChanges).toList();
            }
            appendTable(text, columns, style);
        }
        appendFailures(text, style);
        return text.toString();
    }

    private static int width(List<TextColumn> columns) {
        return columns.stream().mapToInt(TextColumn::width).sum() + GAP.length() * (columns.size() - 1);
    }

    private List<TextColumn> columns(ConsoleStyle style) {
        List<TextColumn> columns = new ArrayList<>();
        columns.add(texts("subject", table.rows().stream().map(Row::subject).toList(), true, style));
        for (String key : table.keys()) {
            List<String> values = table.rows().stream()
                    .map(row -> row.point().containsKey(key) ? ConfigText.value(row.point().get(key)) : "").toList();
            columns.add(texts(SweepKeys.shortName(key, table.keys()), values, false, style));
        }
        for (int i = 0; i < table.columns().size(); i++) {
            columns.add(numbers(i, style));
        }
        return columns;
    }

    private static TextColumn texts(String heading, List<String> values, boolean left, ConsoleStyle style) {
        return new TextColumn(show(heading, style), "", left, values.stream().map(value -> show(value, style)).toList(),
                values.stream().map(value -> false).toList(), values.stream().map(value -> "").toList());
    }

    private TextColumn numbers(int index, ConsoleStyle style) {
        Column column = table.columns().get(index);
        List<String> values = new ArrayList<>();
        List<Boolean> best = new ArrayList<>();
        List<String> changes = new ArrayList<>();
        for (Row row : table.rows()) {
            Cell cell = row.cells().get(index);
            boolean marked = cell != null && cell.best();
            String mark = style.ansi() ? "" : marked ? "*" : " ";
            values.add((cell == null ? "-" : show(column.format(cell.value()), style)) + mark);
            best.add(marked);
            changes.add(cell == null || cell.ratio().isEmpty() ? ""
                    : show(Numbers.change(cell.ratio().getAsDouble()), style));
        }
        return new TextColumn(show(column.style().label(), style), show(column.subtitle(), style), false, values, best,
                changes);
    }

    private static void appendTable(StringBuilder text, List<TextColumn> columns, ConsoleStyle style) {
        appendHeading(text, columns, TextColumn::heading, style.ansi() ? BOLD : "");
        if (columns.stream().anyMatch(column -> !column.subheading().isEmpty())) {
            appendHeading(text, columns, TextColumn::subheading, style.ansi() ? FAINT : "");
        }
        text.append((style.unicode() ? "\u2500" : "-").repeat(width(columns))).append('\n');
        for (int row = 0; row < columns.getFirst().values().size(); row++) {
            StringBuilder line = new StringBuilder();
            for (TextColumn column : columns) {
                line.append(line.isEmpty() ? "" : GAP).append(cell(column, row, style));
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
    }

    private static void appendHeading(StringBuilder text, List<TextColumn> columns,
            Function<TextColumn, String> heading, String weight) {
        StringBuilder line = new StringBuilder();
        for (TextColumn column : columns) {
            String words = heading.apply(column);
            String space = " ".repeat(column.width() - length(words));
            line.append(line.isEmpty() ? "" : GAP).append(column.left() ? words + space : space + words);
        }
        text.append(weight).append(line.toString().stripTrailing()).append(weight.isEmpty() ? "" : RESET).append('\n');
    }

    private static String cell(TextColumn column, int row, ConsoleStyle style) {
        String value = column.values().get(row);
        String change = column.changes().get(row);
        if (column.left()) {
            return value + " ".repeat(column.width() - length(value));
        }
        int changeSpace = column.changeWidth() == 0 ? 0 : column.changeWidth() + 1;
        String before = " ".repeat(column.width() - changeSpace - length(value));
        String between = " ".repeat(changeSpace - length(change));
        String strong = style.ansi() && column.best().get(row) ? BOLD + value + RESET : value;
        return before + strong + between + (style.ansi() && !change.isEmpty() ? FAINT + change + RESET : change);
    }

    private void appendFailures(StringBuilder text, ConsoleStyle style) {
        for (NodeRow node : report.nodes()) {
            if (!node.status().succeeded()) {
                String line = node.status().word() + "  " + show(node.name(), style)
                        + (node.where() == null ? "" : " (" + show(node.where(), style) + ")")
                        + (node.error() == null ? "" : ": " + show(node.error(), style));
                boolean red = style.ansi() && node.status() == NodeStatus.FAILED;
                text.append(red ? RED + line + RESET : line).append('\n');
            }
        }
    }

    /**
     * Text that does what it shows: control characters (a name could hold terminal commands) become question marks.
     */
    private static String show(String text, ConsoleStyle style) {
        String shown = text.replace('\u202f', ' ').replaceAll("\\p{Cntrl}", "?");
        if (style.unicode()) {
            return shown;
        }
        return shown.replace('\u2212', '-').replace('\u00d7', 'x').replace("\u00b1", "+-").replace("\u221e", "inf")
                .replace(" \u00b7 ", ", ").replaceAll("[^\\x20-\\x7e]", "?");
    }

    private static int length(String text) {
        return text.codePointCount(0, text.length());
    }
}
