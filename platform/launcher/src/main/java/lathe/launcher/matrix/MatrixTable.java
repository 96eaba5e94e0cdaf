package lathe.launcher.matrix;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;

import lathe.runtime.registry.InstalledMethod;
import lathe.spi.Kind;

/**
 * The matrix for people: a row a method, a column a kind, and in each cell how many of the combinations work. What is missing to
 * the number that was tried was refused at planning, and is listed by reason below.
 */
public final class MatrixTable {
    private static final String NONE = "-";
    private static final int COLUMNS_OF_WORDS = 2;

    private final MatrixResult result;

    /**
     * @param result what is shown
     */
    public MatrixTable(MatrixResult result) {
        this.result = requireNonNull(result, "result is null");
    }

    /**
     * The headings.
     *
     * @return one a column
     */
    public List<String> headings() {
        List<String> headings = new ArrayList<>(List.of("method", "kind"));
        kinds().forEach(kind -> headings.add("with " + plural(kind)));
        headings.add("in threes");
        return headings;
    }

    /**
     * The cells.
     *
     * @return a row a method, by kind and id
     */
    public List<List<String>> rows() {
        List<List<String>> rows = new ArrayList<>();
        for (Kind kind : kinds()) {
            result.tried().stream().map(Tried::combination).filter(one -> one.methods().size() == 1 && one.has(kind))
                    .forEach(one -> rows.add(row(one.methods().getFirst())));
        }
        return rows;
    }

    private List<String> row(InstalledMethod entry) {
        Kind own = entry.method().kind();
        List<String> row = new ArrayList<>(List.of(entry.id(), own.label()));
        for (Kind other : kinds()) {
            boolean before = Combinations.KINDS.indexOf(own) < Combinations.KINDS.indexOf(other);
            List<Kind> order = before ? List.of(own, other) : List.of(other, own);
            String reversed = own == other ? NONE : cell(entry, order.reversed());
            row.add(cell(entry, order) + (reversed.equals(NONE) ? "" : ", " + reversed));
        }
        row.add(cell(result.tried().stream().filter(one -> one.combination().methods().size() > 2
                && one.combination().methods().contains(entry)).toList()));
        return row;
    }

    /** The kinds that any method is installed of. */
    private List<Kind> kinds() {
        return Combinations.KINDS.stream().filter(kind -> result.settings().keySet().stream().anyMatch(
                entry -> entry.method().kind() == kind)).toList();
    }

    private static String plural(Kind kind) {
        return switch (kind) {
            case ATTENTION -> "attention patterns";
            case KV_POLICY -> "cache policies";
            default -> kind.label() + "s";
        };
    }

    private String cell(InstalledMethod entry, List<Kind> kinds) {
        return cell(result.tried().stream().filter(one -> one.combination().kinds().equals(kinds)
                && one.combination().methods().contains(entry)).toList());
    }

    private static String cell(List<Tried> tried) {
        long works = tried.stream().filter(one -> one.outcome() == Tried.Outcome.WORKS).count();
        long fails = tried.stream().filter(one -> one.outcome() == Tried.Outcome.FAILS).count();
        return tried.isEmpty() ? NONE : works + "/" + tried.size() + (fails == 0 ? "" : " (" + fails + " fail)");
    }

    /**
     * One sentence with the totals.
     *
     * @return how many work, are refused, fail
     */
    public String summary() {
        long fails = result.count(Tried.Outcome.FAILS);
        return result.tried().size() + " combinations: " + result.count(Tried.Outcome.WORKS) + " work, "
                + result.count(Tried.Outcome.REFUSED) + " are refused at planning, "
                + (fails == 0 ? "none fails." : fails + " fail.")
                + " Of two that change the weights, the first number is for the order of the columns, the second for the "
                + "reverse.";
    }

    /**
     * What is refused and what fails.
     *
     * @return one line each reason
     */
    public List<String> notes() {
        List<String> notes = new ArrayList<>();
        new Refusals(result).lines().forEach(line -> notes.add("Refused: " + line));
        result.failures().forEach(one -> notes.add("FAILS: " + one.combination().title() + ": " + one.reason()));
        return notes;
    }

    /**
     * The table for a README.
     *
     * @return Markdown: table, totals, notes
     */
    public String markdown() {
        StringBuilder text = new StringBuilder();
        line(text, headings());
        List<String> rule = new ArrayList<>();
        for (int column = 0; column < headings().size(); column++) {
            rule.add(column < COLUMNS_OF_WORDS ? "---" : "---:");
        }
        line(text, rule);
        for (List<String> row : rows()) {
            List<String> cells = new ArrayList<>(row);
            cells.set(0, "`" + row.getFirst() + "`");
            line(text, cells);
        }
        text.append('\n').append(summary()).append('\n');
        notes().forEach(note -> text.append("- ").append(note).append('\n'));
        return text.toString();
    }

    private static void line(StringBuilder text, List<String> cells) {
        text.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }
}
