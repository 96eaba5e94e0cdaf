package lathe.report;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;

/**
 * The file {@code results.csv}: the same rows as in {@code results.json}, quoted as in RFC 4180, one column a sweep key
 * (named {@code point.<key>}) at the end. NaN and infinities are written as {@code NaN}, {@code Infinity} and
 * {@code -Infinity}; an interval that is not there is empty.
 */
final class ResultsCsv {
    /** The file's name in a run folder. */
    static final String NAME = "results.csv";

    private static final List<String> COLUMNS = List.of("node", "subject", "metric", "protocol", "value", "unit",
            "low", "high", "seed");

    private ResultsCsv() {}

    /**
     * @param rows the rows in order
     * @return the text of the file
     */
    static String write(List<ResultRow> rows) {
        Set<String> keys = new LinkedHashSet<>();
        rows.forEach(row -> keys.addAll(row.point().keySet()));
        StringWriter text = new StringWriter();
        try (CsvWriter csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(text)) {
            csv.writeRecord(withPoint(COLUMNS, keys, key -> "point." + key));
            for (ResultRow row : rows) {
                csv.writeRecord(withPoint(fields(row), keys, key -> text(row.point().get(key))));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Writing to memory failed", e);
        }
        return text.toString();
    }

    private static List<String> fields(ResultRow row) {
        return List.of(row.node(), row.subject(), row.metric(), row.protocol(), text(row.value()), row.unit(),
                text(row.low()), text(row.high()), Long.toString(row.seed()));
    }

    private static List<String> withPoint(List<String> fields, Set<String> keys, Function<String, String> value) {
        List<String> all = new ArrayList<>(fields);
        keys.forEach(key -> all.add(value.apply(key)));
        return all;
    }

    private static String text(Object value) {
        return value == null ? "" : value.toString();
    }
}
