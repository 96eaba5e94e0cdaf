package lathe.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

import lathe.report.PageView.NoteCell;
import lathe.report.PageView.NoteRow;
import lathe.report.PageView.NoteView;

/**
 * Tables of what methods noted: a row a block, coloured by size, so that they read as heat maps and print as numbers.
 */
final class NotesViewBuilder {
    /** Wider tables show colours alone; the numbers are their cells' titles. */
    private static final int MOST_NUMBERS = 16;
    private static final double DARKEST = 60;

    private NotesViewBuilder() {}

    /**
     * @param notes of one node
     * @return its tables
     */
    static List<NoteView> of(List<HeatMap> notes) {
        return notes.stream().map(NotesViewBuilder::view).toList();
    }

    private static NoteView view(HeatMap note) {
        int width = note.values().stream().mapToInt(List::size).max().orElse(0);
        List<String> columns = new ArrayList<>();
        for (int i = 0; i < width; i++) {
            columns.add(i < note.columns().size() ? note.columns().get(i) : Integer.toString(i));
        }
        double low = finite(note).min().orElse(0);
        double high = finite(note).max().orElse(0);
        boolean dense = width > MOST_NUMBERS;
        List<NoteRow> rows = new ArrayList<>();
        for (List<Double> values : note.values()) {
            List<NoteCell> cells = new ArrayList<>();
            for (int i = 0; i < width; i++) {
                cells.add(cell(i < values.size() ? values.get(i) : Double.NaN, low, high, dense));
            }
            rows.add(new NoteRow(Integer.toString(rows.size()), cells));
        }
        String corner = note.rowName() + (note.columnName().isEmpty() ? "" : " \\ " + note.columnName());
        String unit = (note.unit().isEmpty() ? "" : note.unit() + ", ") + "from " + Numbers.plain(low) + " to "
                + Numbers.plain(high);
        return new NoteView(note.title(), unit, corner, dense, columns, rows);
    }

    private static DoubleStream finite(HeatMap note) {
        return note.values().stream().flatMap(List::stream).mapToDouble(Double::doubleValue).filter(Double::isFinite);
    }

    private static NoteCell cell(double value, double low, double high, boolean dense) {
        if (Double.isNaN(value)) {
            return new NoteCell("", "", "0");
        }
        double share = high > low && Double.isFinite(value) ? (value - low) / (high - low) : 0;
        String text = Numbers.plain(value);
        return new NoteCell(dense ? "" : text, text, String.format(Locale.ROOT, "%.0f", DARKEST * share));
    }
}
