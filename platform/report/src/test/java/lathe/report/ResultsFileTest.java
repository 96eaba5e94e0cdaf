package lathe.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import lathe.spi.LatheException;

class ResultsFileTest {
    @TempDir
    Path folder;

    private RunReport roundTrip(RunReport report) throws IOException {
        Files.writeString(folder.resolve(ResultsFile.NAME), ResultsFile.write(report));
        return ResultsFile.read(folder);
    }

    @Test
    void readsBackWhatWasWritten() throws IOException {
        for (RunReport report : List.of(SampleRuns.quickstart(), SampleRuns.sweep(), SampleRuns.failed())) {
            assertThat(roundTrip(report)).isEqualTo(report);
        }
    }

    @Test
    void keepsNumbersThatJsonDoesNotHave() throws IOException {
        RunReport failed = SampleRuns.failed();
        assertThat(ResultsFile.write(failed)).contains("\"value\":\"NaN\"", "\"value\":\"Infinity\"");
        assertThat(roundTrip(failed).results().get(2).value()).isNaN();
        assertThat(roundTrip(failed).results().get(3).value()).isEqualTo(Double.POSITIVE_INFINITY);
    }

    @Test
    void keepsEveryBitOfANumber() throws IOException {
        for (double value : new double[] {Math.PI, Double.MIN_VALUE, -Double.MAX_VALUE, -0.0, 1e22, 0.1 + 0.2}) {
            RunReport report = withResults(ResultRow.of("n", "s", "m", "", value, "", Long.MIN_VALUE));
            ResultRow read = roundTrip(report).results().getFirst();
            assertThat(Double.doubleToRawLongBits(read.value())).isEqualTo(Double.doubleToRawLongBits(value));
            assertThat(read.seed()).isEqualTo(Long.MIN_VALUE);
        }
    }

    @Test
    void keepsTheOrderAndTypesOfSweepKeys() throws IOException {
        Map<String, Object> point = SampleRuns.config("z", 1, "a", 1.0, "m", "2:4", "b", true, "l", List.of(1, "x"));
        ResultRow row = new ResultRow("n", "s", "m", "", 1, "", -0.5, null, point, 3);
        ResultRow read = roundTrip(withResults(row)).results().getFirst();
        assertThat(read).isEqualTo(row);
        assertThat(read.point().keySet()).containsExactly("z", "a", "m", "b", "l");
        assertThat(read.point().values()).containsExactly(1L, 1.0, "2:4", true, List.of(1L, "x"));
    }

    @Test
    void keepsNamesThatLookLikeMarkup() throws IOException {
        String name = "</script><b>\"\\\u2028\n\u0000\ud83d\ude80 {{name}}";
        ResultRow row = new ResultRow(name, name, name, name, 1, name, null, null, Map.of(name, name), 3);
        assertThat(roundTrip(withResults(row)).results()).containsExactly(row);
    }

    @Test
    void keepsClaimsAndNamedColumnsOfMaps() throws IOException {
        RunReport plain = SampleRuns.quickstart();
        HeatMap map = new HeatMap("sparsity", "wanda", "", "block", "weight", List.of("q", "k"),
                List.of(List.of(0.5, 0.25), List.of(0.0, Double.NaN)));
        RunReport report = new RunReport(plain.run(), plain.nodes(), plain.results(), plain.plots(), List.of(map),
                plain.warnings()).with(
                        List.of(
                                new ClaimRow("A beats B.", "Table 1", ClaimVerdict.HOLDS, "x(a) < x(b)",
                                        List.of("x(a) 1 < x(b) 2"), "in 3 of 3 seeds"),
                                new ClaimRow("C.", "", ClaimVerdict.NOT_TESTABLE, "", List.of(), "It needs a GPU.")));
        RunReport read = roundTrip(report);
        assertThat(read.claims()).isEqualTo(report.claims());
        assertThat(read.heatMaps()).isEqualTo(report.heatMaps());
    }

    @Test
    void keepsWhatMethodsNoted() throws IOException {
        RunReport report = SampleRuns.noted();

        assertThat(roundTrip(report).nodes()).isEqualTo(report.nodes());
        assertThat(roundTrip(report).nodes().get(1).notes()).hasSize(2);
    }

    @Test
    void givesMeansOverSeedsWithTheirIntervals() {
        JsonObject root = JsonParser.parseString(ResultsFile.write(withResults(
                ResultRow.of("n", "s", "m", "p", 1, "s", 1), ResultRow.of("n", "s", "m", "p", 2, "s", 2),
                ResultRow.of("n", "s", "m", "p", 6, "s", 3), ResultRow.of("n", "other", "m", "p", 6, "s", 3))))
                .getAsJsonObject();
        assertThat(root.getAsJsonArray("means")).hasSize(1);
        JsonObject mean = root.getAsJsonArray("means").get(0).getAsJsonObject();
        assertThat(mean.get("mean").getAsDouble()).isEqualTo(3);
        assertThat(mean.get("seeds").getAsInt()).isEqualTo(3);
        // t(2) = 4.303, standard deviation sqrt(7): half the interval is 4.303 sqrt(7 / 3).
        assertThat(mean.get("high").getAsDouble()).isCloseTo(3 + 4.303 * Math.sqrt(7.0 / 3), within(1e-9));
        assertThat(mean.get("low").getAsDouble()).isCloseTo(3 - 4.303 * Math.sqrt(7.0 / 3), within(1e-9));
    }

    @Test
    void hasTheLayoutOfTheDesign() {
        JsonObject root = JsonParser.parseString(ResultsFile.write(SampleRuns.quickstart())).getAsJsonObject();
        assertThat(root.keySet()).startsWith("run", "nodes", "results");
        assertThat(root.getAsJsonArray("nodes").get(1).getAsJsonObject().keySet()).startsWith("name", "verb", "method",
                "status", "seconds", "address");
        assertThat(root.getAsJsonArray("results").get(0).getAsJsonObject().keySet()).containsExactly("node", "subject",
                "metric", "protocol", "value", "unit", "low", "high", "point", "seed");
        assertThat(root.getAsJsonObject("run").keySet()).contains("name", "started", "seconds", "lineage");
    }

    @Test
    void putsOneRowOnALine() {
        assertThat(ResultsFile.write(SampleRuns.quickstart()).lines().filter(line -> line.contains("\"metric\":")))
                .hasSize(8 * 6);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "\"seed\":17} | \"seed\":1.5} | results[0].seed is no whole number",
        "\"value\":53.907 | \"value\":\"much\" | results[0].value is \"much\", which is no number",
        "\"value\":53.907, | `` | results[0].value is missing",
        "\"status\":\"cached\" | \"status\":\"fine\" | nodes[0].status is \"fine\"",
        "\"started\":\"2026 | \"started\":\"in 2026 | run.started is no time",
        "\"results\": [ | \"others\": [ | results is missing",
        "\"kind\":\"pareto\" | \"kind\":\"pie\" | plots[0].kind is \"pie\"",
        "\"point\":{} | \"point\":[] | results[0].point is no object"})
    void namesThePlaceThatIsWrong(String right, String wrong, String complaint) throws IOException {
        String text = ResultsFile.write(SampleRuns.quickstart());
        assertThat(text).contains(right);
        int at = text.indexOf(right);
        Path file = folder.resolve(ResultsFile.NAME);
        Files.writeString(file, text.substring(0, at) + wrong + text.substring(at + right.length()));
        assertThatThrownBy(() -> ResultsFile.read(file)).isInstanceOf(LatheException.class)
                .hasMessageContaining(complaint).hasMessageContaining(file.toString());
    }

    @Test
    void refusesAFileThatWasCutOffAnywhere() throws IOException {
        String text = ResultsFile.write(SampleRuns.failed());
        Path file = folder.resolve(ResultsFile.NAME);
        for (int length = 0; length < text.stripTrailing().length(); length += 7) {
            Files.writeString(file, text.substring(0, length));
            assertThatThrownBy(() -> ResultsFile.read(file)).as("cut after %d", length)
                    .isInstanceOf(LatheException.class).hasMessageContaining("damaged");
        }
    }

    @Test
    void refusesTextAfterTheEnd() throws IOException {
        Path file = folder.resolve(ResultsFile.NAME);
        Files.writeString(file, ResultsFile.write(SampleRuns.failed()) + "{}");
        assertThatThrownBy(() -> ResultsFile.read(file)).isInstanceOf(LatheException.class);
    }

    @Test
    void refusesAFileOfANewerVersion() throws IOException {
        Path file = folder.resolve(ResultsFile.NAME);
        Files.writeString(file, ResultsFile.write(SampleRuns.failed()).replace("\"format\":1", "\"format\":2"));
        assertThatThrownBy(() -> ResultsFile.read(file)).isInstanceOf(LatheException.class)
                .hasMessageContaining("newer Lathe");
    }

    @Test
    void saysWhichFileIsMissing() {
        assertThatThrownBy(() -> ResultsFile.read(folder)).isInstanceOf(LatheException.class)
                .hasMessageContaining(folder.resolve("results.json").toString());
    }

    @Test
    void refusesBytesThatAreNoText() throws IOException {
        Path file = folder.resolve(ResultsFile.NAME);
        Files.write(file, new byte[] {'{', (byte) 0xff, (byte) 0xfe});
        assertThatThrownBy(() -> ResultsFile.read(file)).isInstanceOf(LatheException.class)
                .hasMessageContaining("cannot be read");
    }

    private static RunReport withResults(ResultRow... rows) {
        return new RunReport(SampleRuns.summary("x"), List.of(), List.of(rows), List.of(), List.of(), List.of());
    }
}
