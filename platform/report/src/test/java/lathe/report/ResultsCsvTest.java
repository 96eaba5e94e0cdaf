package lathe.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import org.junit.jupiter.api.Test;

class ResultsCsvTest {
    private static List<CsvRecord> parse(String text) {
        return CsvReader.builder().ofCsvRecord(text).stream().toList();
    }

    @Test
    void writesOneLineAResultUnderTheNamesOfTheDesign() {
        List<String> lines = ResultsCsv.write(SampleRuns.quickstart().results()).lines().toList();
        assertThat(lines).hasSize(1 + 48);
        assertThat(lines.getFirst()).isEqualTo("node,subject,metric,protocol,value,unit,low,high,seed");
        assertThat(lines.get(1)).isEqualTo("quality,dense,perplexity,windowed-512,53.907,,,,17");
    }

    @Test
    void quotesCommasQuotesAndLineEnds() {
        String nasty = "a,\"b\"\r\nc";
        String text = ResultsCsv.write(List.of(ResultRow.of(nasty, nasty, "m", nasty, 1, nasty, 3)));
        assertThat(text).contains("\"a,\"\"b\"\"\r\nc\"");
        CsvRecord record = parse(text).get(1);
        assertThat(List.of(record.getField(0), record.getField(1), record.getField(3), record.getField(5)))
                .containsOnly(nasty);
    }

    @Test
    void givesEverySweepKeyAColumn() {
        ResultRow dense = ResultRow.of("n", "dense", "m", "", 1, "", 3);
        ResultRow half = new ResultRow("n", "p", "m", "", 2, "", null, null, SampleRuns.config("b", "2:4"), 3);
        ResultRow most = new ResultRow("n", "p", "m", "", 3, "", null, null, SampleRuns.config("a", 0.7, "b", "4:8"),
                3);
        List<CsvRecord> records = parse(ResultsCsv.write(List.of(dense, half, most)));
        assertThat(records.getFirst().getFields()).endsWith("seed", "point.b", "point.a");
        assertThat(records.get(1).getFields()).endsWith("3", "", "");
        assertThat(records.get(2).getFields()).endsWith("3", "2:4", "");
        assertThat(records.get(3).getFields()).endsWith("3", "4:8", "0.7");
    }

    @Test
    void writesWhatIsNoNumberByName() {
        ResultRow row = new ResultRow("n", "s", "m", "", Double.NaN, "", Double.NEGATIVE_INFINITY,
                Double.POSITIVE_INFINITY, Map.of(), 3);
        assertThat(parse(ResultsCsv.write(List.of(row))).get(1).getFields()).containsExactly("n", "s", "m", "", "NaN",
                "", "-Infinity", "Infinity", "3");
    }

    @Test
    void holdsTheHeadingsAloneWithoutResults() {
        assertThat(ResultsCsv.write(List.of())).isEqualTo("node,subject,metric,protocol,value,unit,low,high,seed\n");
    }
}
