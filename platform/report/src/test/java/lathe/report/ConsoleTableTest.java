package lathe.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

import org.junit.jupiter.api.Test;

class ConsoleTableTest {
    private static List<String> lines(RunReport report, ConsoleStyle style) {
        return new ConsoleTable(report).render(style).lines().toList();
    }

    @Test
    void printsOneAlignedLineASubject() {
        List<String> lines = lines(SampleRuns.quickstart(), ConsoleStyle.plain());
        assertThat(lines).hasSize(3 + 8);
        assertThat(lines.getFirst()).containsSubsequence("subject", "perplexity", "KL", "bytes", "bits/weight",
                "tokens/s", "prefill");
        assertThat(lines.get(3)).startsWith("dense").contains("53.91*", "11.01 MiB", "16.00", "702");
        assertThat(lines.get(6)).startsWith("rtn-4").contains("55.31", "+2.6 %", "3.916 MiB", "-64.4 %");
        int end = lines.get(3).indexOf("11.01 MiB") + "11.01 MiB".length();
        for (String line : lines.subList(3, 11)) {
            assertThat(line.substring(end - 3, end)).as(line).isEqualTo("MiB");
        }
    }

    @Test
    void leavesDifferencesOutWhereThereIsNoRoom() {
        String narrow = new ConsoleTable(SampleRuns.quickstart()).render(new ConsoleStyle(false, false, 100));
        assertThat(narrow).doesNotContain("%").contains("3.916 MiB");
        assertThat(narrow.lines()).allMatch(line -> line.length() <= 100);
    }

    @Test
    void staysAsciiWhereNothingElseIsShown() {
        for (RunReport report : List.of(SampleRuns.quickstart(), SampleRuns.sweep(), SampleRuns.failed())) {
            assertThat(new ConsoleTable(report).render(ConsoleStyle.plain())).matches("[\\x20-\\x7e\\n]*");
        }
    }

    @Test
    void marksTheBestByWeightOnATerminal() {
        String text = new ConsoleTable(SampleRuns.quickstart()).render(ConsoleStyle.terminal(160));
        assertThat(text).contains("\u001b[1m53.91\u001b[0m").doesNotContain("*");
    }

    @Test
    void alignsAsWellWithColoursAsWithout() {
        RunReport report = SampleRuns.quickstart();
        List<String> coloured = lines(report, ConsoleStyle.terminal(160)).stream()
                .map(line -> line.replaceAll("\u001b\\[\\d+m", "")).toList();
        int end = coloured.get(3).indexOf("11.01 MiB") + "11.01 MiB".length();
        for (String line : coloured.subList(3, 11)) {
            assertThat(line.substring(end - 3, end)).as(line).isEqualTo("MiB");
        }
    }

    @Test
    void listsWhatFailedWithPlaceAndReason() {
        List<String> lines = lines(SampleRuns.failed(), ConsoleStyle.plain());
        assertThat(lines).anyMatch(line -> line.startsWith("failed  pruned (broken.conf:7): The statistics of"));
        assertThat(lines).anyMatch(line -> line.startsWith("skipped  packed"));
        assertThat(lines).anyMatch(line -> line.startsWith("exploded") && line.contains("NaN") && line.contains("inf"));
    }

    @Test
    void showsSweepKeysAsColumns() {
        List<String> lines = lines(SampleRuns.sweep(), ConsoleStyle.plain());
        assertThat(lines.getFirst()).containsSubsequence("subject", "sparsity", "bits", "perplexity", "bytes");
        assertThat(lines).hasSize(3 + 13);
    }

    @Test
    void doesNotPassTerminalCommandsOn() {
        ResultRow row = ResultRow.of("n", "evil\u001b[2J\u0007\n", "m\u001b", "p", 1, "", 1);
        RunReport report = new RunReport(SampleRuns.summary("x"), List.of(), List.of(row), List.of(), List.of(),
                List.of());
        assertThat(new ConsoleTable(report).render(new ConsoleStyle(false, true, 80))).contains("evil?[2J??")
                .doesNotContain("\u001b", "\u0007");
    }

    @Test
    void printsNothingForARunWithoutResults() {
        assertThat(new ConsoleTable(new RunReport(SampleRuns.summary("x"), List.of(), List.of(), List.of(), List.of(),
                List.of())).render(ConsoleStyle.plain())).isEmpty();
    }
}
