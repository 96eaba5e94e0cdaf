package lathe.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class ChartChooserTest {
    private static ChartChooser chooser(RunReport report) {
        return new ChartChooser(report, ComparisonBuilder.of(report), new Anchors(report.nodes()));
    }

    private static List<Chart> choose(RunReport report) {
        return chooser(report).choose();
    }

    private static RunReport report(List<ResultRow> rows, PlotRequest... plots) {
        return new RunReport(SampleRuns.summary("x"), List.of(), rows, List.of(plots), List.of(), List.of());
    }

    @Test
    void drawsWhatWasAskedForOnceAndWhatTheDataSuggest() {
        assertThat(choose(SampleRuns.quickstart())).extracting(Chart::kind).containsExactly("pareto", "bar", "bar",
                "bar", "heatmap");
        assertThat(choose(SampleRuns.quickstart())).extracting(Chart::title).startsWith("Perplexity against bytes")
                .doesNotHaveDuplicates();
    }

    @Test
    void drawsLinesAndMapsForSweeps() {
        List<Chart> charts = choose(SampleRuns.sweep());
        assertThat(charts).extracting(Chart::title).containsExactly("Perplexity against bytes",
                "Perplexity along sparsity", "Perplexity along bits", "Perplexity of packed");
        Chart.Lines lines = (Chart.Lines) charts.get(1).data();
        assertThat(lines.series()).extracting(Chart.Series::name).containsExactly("packed (bits 2)", "packed (bits 3)",
                "packed (bits 4)", "packed (bits 8)");
        assertThat(lines.series().getFirst().points()).extracting(Chart.Step::x).containsExactly(0.3, 0.5, 0.7);
        assertThat(lines.series().getFirst().points())
                .allMatch(step -> step.low() < step.y() && step.y() < step.high());
        assertThat(lines.references()).extracting(Chart.Reference::name).containsExactly("dense");
        Chart.Heat heat = (Chart.Heat) charts.get(3).data();
        assertThat(heat.columns()).containsExactly("0.3", "0.5", "0.7");
        assertThat(heat.rows()).containsExactly("2", "3", "4", "8");
        assertThat(heat.cells()).hasSize(12);
    }

    @RepeatedTest(20)
    void findsTheFrontThatTryingEveryPairFinds(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        List<ResultRow> rows = new ArrayList<>();
        int count = 2 + random.nextInt(12);
        double[][] values = new double[count][];
        for (int i = 0; i < count; i++) {
            // Small integers: ties happen.
            values[i] = new double[] {1 + random.nextInt(6), 1 + random.nextInt(6)};
            rows.add(ResultRow.of("n", "s" + i, "bytes", "", values[i][0], "bytes", 1));
            rows.add(ResultRow.of("n", "s" + i, "decode", "", values[i][1], "tokens/s", 1));
        }
        Chart.Pareto pareto = (Chart.Pareto) choose(
                report(rows, PlotRequest.of(PlotKind.PARETO, "bytes", "decode"))).getFirst().data();
        List<Integer> expected = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            boolean beaten = false;
            for (double[] other : values) {
                beaten |= other[0] <= values[i][0] && other[1] >= values[i][1]
                        && (other[0] < values[i][0] || other[1] > values[i][1]);
            }
            if (!beaten) {
                expected.add(i);
            }
        }
        assertThat(pareto.front()).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(pareto.front().stream().map(i -> pareto.points().get(i).x()).toList()).isSorted();
    }

    @Test
    void leavesOutWhatIsNoNumber() {
        List<ResultRow> rows = List.of(ResultRow.of("n", "a", "bytes", "", 1, "bytes", 1),
                ResultRow.of("n", "a", "perplexity", "", Double.NaN, "", 1),
                ResultRow.of("n", "b", "bytes", "", 2, "bytes", 1),
                ResultRow.of("n", "b", "perplexity", "", 3, "", 1),
                ResultRow.of("n", "c", "bytes", "", 3, "bytes", 1),
                ResultRow.of("n", "c", "perplexity", "", Double.POSITIVE_INFINITY, "", 1),
                ResultRow.of("n", "d", "bytes", "", 4, "bytes", 1),
                ResultRow.of("n", "d", "perplexity", "", 2, "", 1));
        Chart.Pareto pareto = (Chart.Pareto) choose(
                report(rows, PlotRequest.of(PlotKind.PARETO, "bytes", "perplexity"))).getFirst().data();
        assertThat(pareto.points()).extracting(Chart.Point::name).containsExactly("b", "d");
    }

    @Test
    void saysWhyARequestedPlotIsMissing() {
        ChartChooser chooser = chooser(report(SampleRuns.quickstart().results(),
                PlotRequest.of(PlotKind.PARETO, "bites", "perplexity"),
                PlotRequest.of(PlotKind.LINE, "sparsity", "perplexity")));
        chooser.choose();
        assertThat(chooser.remarks()).hasSize(2);
        assertThat(chooser.remarks().getFirst()).contains("pareto of bites and perplexity", "no metric bites");
        assertThat(chooser.remarks().get(1)).contains("no sweep key sparsity");
    }

    @Test
    void takesShortNamesOfSweepKeysInRequests() {
        RunReport sweep = SampleRuns.sweep();
        List<Chart> charts = choose(report(sweep.results(), PlotRequest.of(PlotKind.LINE, "pruned.sparsity", "bytes"),
                new PlotRequest(PlotKind.HEATMAP, "bits", "sparsity", "bytes")));
        assertThat(charts).extracting(Chart::title).startsWith("Bytes along sparsity", "Bytes of packed");
    }

    @Test
    void putsSweptWordsOnAnAxisOfNames() {
        List<ResultRow> rows = new ArrayList<>();
        for (String pattern : List.of("row", "2:4", "4:8")) {
            rows.add(new ResultRow("q", "pruned", "perplexity", "", 50 + rows.size(), "", null, null,
                    Map.of("pattern", pattern), 1));
        }
        Chart.Lines lines = (Chart.Lines) choose(report(rows)).getFirst().data();
        assertThat(lines.categories()).containsExactly("row", "2:4", "4:8");
        assertThat(lines.series().getFirst().points()).extracting(Chart.Step::x).containsExactly(0.0, 1.0, 2.0);
    }

    @Test
    void drawsRaggedMatricesWithGaps() {
        HeatMap map = new HeatMap("bits", "packed", "", "layer", "site",
                List.of(List.of(4.0, Double.NaN, 3.0), List.of(2.0)));
        RunReport run = new RunReport(SampleRuns.summary("x"), List.of(), List.of(), List.of(), List.of(map),
                List.of());
        Chart.Heat heat = (Chart.Heat) choose(run).getFirst().data();
        assertThat(heat.columns()).hasSize(3);
        assertThat(heat.cells()).extracting(Chart.HeatCell::value).containsExactly(4.0, 3.0, 2.0);
    }

    @Test
    void drawsNothingFromNothing() {
        HeatMap empty = new HeatMap("t", "n", "", "r", "c", List.of(List.of(Double.NaN)));
        assertThat(choose(new RunReport(SampleRuns.summary("x"), List.of(), List.of(), List.of(), List.of(empty),
                List.of()))).isEmpty();
    }
}
