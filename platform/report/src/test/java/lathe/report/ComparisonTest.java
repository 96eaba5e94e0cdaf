package lathe.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import org.junit.jupiter.api.Test;

import lathe.report.Comparison.Cell;
import lathe.report.Comparison.Column;
import lathe.report.Comparison.Row;

class ComparisonTest {
    private static RunReport report(List<NodeRow> nodes, List<ResultRow> rows) {
        return new RunReport(SampleRuns.summary("x"), nodes, rows, List.of(), List.of(), List.of());
    }

    private static Comparison table(ResultRow... rows) {
        return ComparisonBuilder.of(report(List.of(), List.of(rows)));
    }

    private static ResultRow row(String subject, String metric, double value, Map<String, Object> point, long seed) {
        return new ResultRow("quality", subject, metric, "", value, "", null, null, point, seed);
    }

    private static ResultRow row(String subject, String metric, double value) {
        return row(subject, metric, value, Map.of(), 1);
    }

    private static Cell cell(Comparison table, int row, String metric) {
        Column column = table.column(metric).orElseThrow();
        return table.rows().get(row).cells().get(table.columns().indexOf(column));
    }

    @Test
    void hasOneRowASubjectAndOneColumnAMetric() {
        Comparison table = ComparisonBuilder.of(SampleRuns.quickstart());
        assertThat(table.rows()).extracting(Row::subject).containsExactly("dense", "wanda-50", "wanda-2-4", "rtn-4",
                "rtn-3", "wanda-rtn", "streaming", "h2o");
        assertThat(table.columns()).extracting(column -> column.style().label()).containsExactly("perplexity", "KL",
                "bytes", "bits/weight", "tokens/s", "prefill");
        assertThat(table.keys()).isEmpty();
        assertThat(table.rows()).filteredOn(Row::baseline).extracting(Row::subject).containsExactly("dense");
    }

    @Test
    void holdsEveryNumberOfTheRowsOnce() {
        RunReport report = SampleRuns.quickstart();
        Comparison table = ComparisonBuilder.of(report);
        for (ResultRow result : report.results()) {
            Row row = table.rows().stream().filter(found -> found.subject().equals(result.subject())).findFirst()
                    .orElseThrow();
            Column column = table.column(result.metric()).orElseThrow();
            assertThat(row.cells().get(table.columns().indexOf(column)).value()).isEqualTo(result.value());
        }
        assertThat(table.rows().stream().flatMap(row -> row.cells().stream()).filter(Objects::nonNull))
                .hasSize(report.results().size());
    }

    @Test
    void ordersColumnsByMeaningNotByArrival() {
        Comparison table = table(row("a", "zeta", 1), row("a", "decode", 1), row("a", "bytes", 1),
                row("a", "perplexity", 1));
        assertThat(table.columns()).extracting(Column::metric).containsExactly("perplexity", "bytes", "decode", "zeta");
    }

    @Test
    void leavesAGapWhereAMetricIsMissing() {
        Comparison table = table(row("dense", "perplexity", 5), row("a", "bytes", 7));
        assertThat(cell(table, 0, "bytes")).isNull();
        assertThat(cell(table, 1, "perplexity")).isNull();
        assertThat(cell(table, 1, "bytes").ratio()).as("nothing to compare with").isEmpty();
    }

    @Test
    void marksTheBestByTheGoalOfTheMetric() {
        Comparison table = table(row("dense", "perplexity", 5), row("a", "perplexity", 6), row("dense", "decode", 10),
                row("a", "decode", 20), row("dense", "zeta", 1), row("a", "zeta", 2));
        assertThat(cell(table, 0, "perplexity").best()).isTrue();
        assertThat(cell(table, 1, "perplexity").best()).isFalse();
        assertThat(cell(table, 0, "decode").best()).isFalse();
        assertThat(cell(table, 1, "decode").best()).isTrue();
        assertThat(cell(table, 0, "zeta").best() || cell(table, 1, "zeta").best()).as("no goal, no best").isFalse();
    }

    @Test
    void marksAllThatTieButNotAColumnOfEquals() {
        Comparison table = table(row("dense", "bytes", 9), row("a", "bytes", 7), row("b", "bytes", 7),
                row("dense", "kl", 0), row("a", "kl", 0), row("b", "kl", 0));
        assertThat(List.of(cell(table, 0, "bytes").best(), cell(table, 1, "bytes").best(),
                cell(table, 2, "bytes").best())).containsExactly(false, true, true);
        assertThat(cell(table, 0, "kl").best()).isFalse();
    }

    @Test
    void neverTakesNaNForTheBest() {
        Comparison table = table(row("dense", "perplexity", Double.NaN), row("a", "perplexity", 6),
                row("b", "perplexity", 7));
        assertThat(cell(table, 0, "perplexity").best()).isFalse();
        assertThat(cell(table, 1, "perplexity").best()).isTrue();
        assertThat(cell(table, 1, "perplexity").ratio()).isEmpty();
    }

    @Test
    void comparesWithTheFirstSubject() {
        Comparison table = ComparisonBuilder.of(SampleRuns.quickstart());
        assertThat(cell(table, 0, "bytes").ratio()).as("the baseline has no difference").isEmpty();
        assertThat(cell(table, 3, "bytes").ratio().orElseThrow()).isEqualTo(4106240.0 / 11540992);
        assertThat(cell(table, 3, "kl").ratio()).as("no ratio to zero").isEmpty();
    }

    @Test
    void collapsesASubjectThatASweepDoesNotTouch() {
        Comparison table = ComparisonBuilder.of(SampleRuns.sweep());
        assertThat(table.rows()).hasSize(1 + 12);
        assertThat(table.rows().getFirst().point()).isEmpty();
        assertThat(table.rows().get(1).point())
                .isEqualTo(Map.of("graph.pruned.sparsity", 0.3, "graph.packed.bits", 2L));
        assertThat(table.keys()).containsExactly("graph.pruned.sparsity", "graph.packed.bits");
    }

    @Test
    void dropsOnlyTheKeysThatMakeNoDifference() {
        List<ResultRow> rows = new ArrayList<>();
        for (int bits : new int[] {3, 4}) {
            for (int window : new int[] {128, 256}) {
                rows.add(row("packed", "perplexity", bits, Map.of("bits", bits, "window", window), 1));
            }
        }
        Comparison table = ComparisonBuilder.of(report(List.of(), rows));
        assertThat(table.rows()).extracting(Row::point).containsExactly(Map.of("bits", 3L), Map.of("bits", 4L));
    }

    @Test
    void keepsPointsApartWhoseArtifactsDifferThoughTheirNumbersDoNot() {
        List<NodeRow> nodes = new ArrayList<>();
        List<ResultRow> rows = new ArrayList<>();
        for (int bits : new int[] {3, 4}) {
            Map<String, Object> point = Map.of("bits", bits);
            nodes.add(new NodeRow("packed", "quantize", "rtn", NodeStatus.DONE, 1, "address-" + bits, null, null,
                    List.of(), point, Map.of()));
            rows.add(row("packed", "accuracy", 1, point, 1));
        }
        assertThat(ComparisonBuilder.of(report(nodes, rows)).rows()).hasSize(2);
        assertThat(ComparisonBuilder.of(report(List.of(), rows)).rows()).hasSize(1);
    }

    @Test
    void comparesEveryPointWithTheBaselineAtThatPoint() {
        Comparison table = table(row("dense", "perplexity", 10, Map.of("data", "a"), 1),
                row("dense", "perplexity", 20, Map.of("data", "b"), 1),
                row("pruned", "perplexity", 11, Map.of("data", "a"), 1),
                row("pruned", "perplexity", 30, Map.of("data", "b"), 1));
        assertThat(cell(table, 2, "perplexity").ratio().orElseThrow()).isEqualTo(1.1);
        assertThat(cell(table, 3, "perplexity").ratio().orElseThrow()).isEqualTo(1.5);
        assertThat(cell(table, 1, "perplexity").ratio()).isEmpty();
    }

    @Test
    void averagesSeedsWithAConfidenceInterval() {
        Comparison table = table(row("a", "perplexity", 10, Map.of(), 1), row("a", "perplexity", 12, Map.of(), 2),
                row("a", "perplexity", 14, Map.of(), 3));
        Cell cell = cell(table, 0, "perplexity");
        assertThat(cell.value()).isEqualTo(12);
        assertThat(cell.samples()).isEqualTo(3);
        // Standard deviation 2, t of 2 degrees of freedom 4.303: 4.303 * 2 / sqrt(3).
        assertThat(cell.high() - 12).isCloseTo(4.9687, within(1e-4));
        assertThat(12 - cell.low()).isCloseTo(4.9687, within(1e-4));
    }

    @Test
    void doesNotAverageTwoEvaluationsOfDifferentNodes() {
        ResultRow first = new ResultRow("on-sherlock", "a", "perplexity", "p", 10, "", null, null, Map.of(), 1);
        ResultRow second = new ResultRow("on-austen", "a", "perplexity", "p", 20, "", null, null, Map.of(), 1);
        Comparison table = table(first, second);
        assertThat(table.columns()).extracting(Column::node).containsExactly("on-sherlock", "on-austen");
        assertThat(table.rows()).hasSize(1);
        assertThat(table.columns().getFirst().subtitle()).contains("on-sherlock");
    }

    @Test
    void doesNotSplitColumnsWhenDifferentNodesJudgeDifferentSubjects() {
        Comparison table = table(new ResultRow("q1", "a", "perplexity", "", 1, "", null, null, Map.of(), 1),
                new ResultRow("q2", "b", "perplexity", "", 2, "", null, null, Map.of(), 1));
        assertThat(table.columns()).hasSize(1);
        assertThat(cell(table, 1, "perplexity").node()).isEqualTo("q2");
    }

    @Test
    void shortensSweepKeysAsFarAsTheyStayApart() {
        List<String> keys = List.of("graph.pruned.sparsity", "graph.packed.bits", "graph.cache.bits");
        assertThat(keys.stream().map(key -> SweepKeys.shortName(key, keys)).toList()).containsExactly("sparsity",
                "packed.bits", "cache.bits");
        assertThat(SweepKeys.shortName("seed", List.of("seed", "graph.seed"))).isEqualTo("seed");
        assertThat(SweepKeys.shortName("graph.seed", List.of("seed", "graph.seed"))).isEqualTo("graph.seed");
    }

    @Test
    void knowsAMetricUnderItsSpellings() {
        assertThat(MetricStyle.same("bits/weight", "bits-per-weight")).isTrue();
        assertThat(MetricStyle.same("bits_per_weight", "bits-per-weight")).isTrue();
        assertThat(MetricStyle.same("bytes", "bits-per-weight")).isFalse();
        assertThat(MetricStyle.same("My Metric", "my-metric")).isTrue();
    }
}
