package lathe.launcher.command;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

import lathe.report.ResultRow;
import lathe.runtime.history.RunDifferences;
import lathe.runtime.history.RunDifferences.Change;
import lathe.runtime.history.RunDifferences.Numbers;

/** Prints how two runs differ. */
final class DiffTables {
    private static final int WIDEST = 60;

    private final PrintWriter out;
    private final int width;

    DiffTables(PrintWriter out, int width) {
        this.out = out;
        this.width = width;
    }

    /** Settings or lineage; nothing is printed where nothing differs. */
    void changes(String title, List<Change> changes) {
        if (changes.isEmpty()) {
            return;
        }
        out.println();
        out.println(title);
        TextTable table = new TextTable("key", "first", "second");
        changes.forEach(change -> table.row(change.path(), shown(change.before()), shown(change.after())));
        table.print(out, width);
    }

    private static String shown(Optional<String> value) {
        return value.map(text -> text.length() <= WIDEST ? text : text.substring(0, WIDEST - 3) + "...").orElse("-");
    }

    /** Numbers side by side. */
    void numbers(String title, List<Numbers> numbers) {
        if (numbers.isEmpty()) {
            return;
        }
        out.println();
        out.println(title);
        TextTable table = new TextTable("node", "subject", "metric", "point", "first", "second", "change");
        for (Numbers pair : numbers) {
            ResultRow row = pair.row();
            table.row(row.node(), row.subject(),
                    row.metric() + (row.protocol().isEmpty() ? "" : " " + row.protocol())
                            + (row.unit().isEmpty() ? "" : " [" + row.unit() + "]"),
                    point(row), value(pair.before()), value(pair.after()), change(pair));
        }
        table.print(out, width);
    }

    private static String point(ResultRow row) {
        String point = row.point().entrySet().stream().map(entry -> entry.getKey() + " = " + entry.getValue())
                .collect(Collectors.joining(", "));
        return point.isEmpty() ? "seed " + row.seed() : point + ", seed " + row.seed();
    }

    private static String value(Optional<ResultRow> row) {
        return row.map(found -> Double.toString(found.value())).orElse("-");
    }

    private static String change(Numbers pair) {
        if (pair.isSame()) {
            return "same";
        }
        double change = 100 * pair.change();
        if (Double.isNaN(change)) {
            return "";
        }
        return Math.abs(change) < 0.01
                ? String.format(Locale.ROOT, "%+.1e %%", change)
                : String.format(Locale.ROOT, "%+.2f %%", change);
    }

    /** How many numbers are the same. */
    void summary(RunDifferences differences) {
        long times = differences.numbers().stream().filter(Numbers::isTime).count();
        long same = differences.numbers().stream().filter(pair -> !pair.isTime() && pair.isSame()).count();
        long others = differences.numbers().size() - times - same;
        out.println();
        out.println(differences.numbers().size() + " numbers: " + same + " the same bit for bit, " + others + " not, "
                + times + (times == 1 ? " is a time or a speed." : " are times and speeds."));
    }
}
