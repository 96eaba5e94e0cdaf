package lathe.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

class ReportPageTest {
    /** Ends a script, opens an element, breaks out of attributes, JSON, templates and chart labels. */
    static final String HOSTILE = "</script><b>x</b><img src=x onerror=\"hacked=1\">'\"`{{name}}{{{style}}}{b|\u2028&amp;";

    private static String page(RunReport report) {
        return new ReportPage().render(report);
    }

    /** The page without the scripts and styles of ours and the chart library. */
    private static String body(String page) {
        String body = page.substring(page.indexOf("</style>"));
        return body.substring(0, body.indexOf("<script>"));
    }

    private static List<String> find(String pattern, String text) {
        return Pattern.compile(pattern).matcher(text).results().map((MatchResult found) -> found.group(1)).toList();
    }

    static RunReport hostile() {
        Map<String, Object> map = Map.of(HOSTILE, HOSTILE);
        RunSummary run = new RunSummary(HOSTILE, HOSTILE, Instant.EPOCH, 1, Map.of(HOSTILE, HOSTILE),
                Map.of(HOSTILE, HOSTILE, "list", List.of(map)));
        List<NodeRow> nodes = List.of(
                new NodeRow(HOSTILE, HOSTILE, HOSTILE, NodeStatus.DONE, 1, HOSTILE, null, HOSTILE, List.of(HOSTILE),
                        map, map),
                new NodeRow("other", HOSTILE, HOSTILE, NodeStatus.FAILED, 1, HOSTILE, HOSTILE, HOSTILE,
                        List.of(HOSTILE), map, map));
        List<ResultRow> results = Stream.of(HOSTILE, "other", "third")
                .flatMap(subject -> Stream.of("bytes", "perplexity", "decode", HOSTILE)
                        .map(metric -> new ResultRow(HOSTILE, subject, metric, HOSTILE, subject.length(), HOSTILE, 0.5,
                                200.0, map, 1)))
                .toList();
        HeatMap heat = new HeatMap(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, List.of(List.of(1.0, 2.0)));
        return new RunReport(run, nodes, results, List.of(PlotRequest.of(PlotKind.LINE, HOSTILE, HOSTILE)),
                List.of(heat), List.of(HOSTILE))
                .with(List.of(new ClaimRow(HOSTILE, HOSTILE, ClaimVerdict.FAILS, HOSTILE,
                        List.of(HOSTILE), HOSTILE)));
    }

    @Test
    void escapesEveryValue() {
        String page = page(hostile());
        assertThat(body(page)).doesNotContain("<b>x</b>", "<img", "onerror=\"");
        assertThat(find("(</script)", page)).as("ends of the page's own three scripts").hasSize(3);
        assertThat(body(page)).contains("&lt;/script&gt;&lt;b&gt;x&lt;/b&gt;");
        assertThat(body(page)).as("templates in values stay text").contains("{{name}}");
    }

    @Test
    void loadsNothingFromAnywhere() {
        String body = body(page(SampleRuns.quickstart()));
        assertThat(body).doesNotContain("src=", "http://", "https://", "@import");
        assertThat(page(SampleRuns.quickstart())).contains("default-src &#39;none&#39;");
        assertThat(find("<link( )", body)).isEmpty();
    }

    @Test
    void hasATargetForEveryLink() {
        for (RunReport report : List.of(SampleRuns.quickstart(), SampleRuns.sweep(), SampleRuns.failed(), hostile())) {
            String body = body(page(report));
            List<String> ids = find("\\bid=\"([^\"]*)\"", body);
            assertThat(ids).doesNotHaveDuplicates();
            assertThat(find("href=\"#([^\"]*)\"", body)).isNotEmpty().isSubsetOf(ids);
        }
    }

    @Test
    void saysWhatRanWhenAndHowItEnded() {
        String body = body(page(SampleRuns.quickstart()));
        assertThat(body).contains("<h1>quickstart</h1>", "all 10 nodes done, 1 from the store",
                "21 Nov 2026, 11:41 UTC",
                "1\u202fmin 11\u202fs", "lathe-tiny, 5.77 M parameters, bf16");
    }

    @Test
    void linksEveryNumberToTheNodeThatMeasuredIt() {
        String body = body(page(SampleRuns.quickstart()));
        assertThat(body).contains("<a href=\"#node-9\" title=\"55.31, seed 17, measured by quality (windowed-512)\">");
        assertThat(find("(<td class=\"num[^>]*><a href=\"#node-(?:9|10)\")", body)).hasSize(48);
        assertThat(body).contains("<details id=\"node-9\" class=\"done\"");
    }

    @Test
    void showsWhereAndWhyANodeFailedAndWhatFellWithIt() {
        String body = body(page(SampleRuns.failed()));
        assertThat(body).contains("3 of 5 nodes done, 1 failed, 1 skipped", "broken.conf:7",
                "The statistics of model.layers.2.mlp.down_proj hold a NaN", "Not run because of it: packed",
                "class=\"failed\" open");
        assertThat(body).contains("OPENBLAS_CORETYPE", "The plot pareto of bytes and perplexity was asked for");
    }

    @Test
    void showsGapsAndWhatIsNoNumber() {
        String body = body(page(SampleRuns.failed()));
        assertThat(body).contains(">NaN</a>", ">\u221e</a>");
        assertThat(find("(class=\"num none\")", body)).hasSize(2);
    }

    @Test
    void showsTheBestVariantsAtTheTop() {
        String body = body(page(SampleRuns.quickstart()));
        assertThat(find("<span class=\"label\">([^<]*)<", body)).containsExactly("Closest to dense", "Smallest",
                "Fastest");
        assertThat(find("<span class=\"value\">([^<]*)<", body)).containsExactly("54.76 perplexity",
                "2.976\u202fMiB", "1\u202f610 tokens/s");
        assertThat(find("<span class=\"detail\"><b>([^<]*)<", body)).containsExactly("streaming", "wanda-rtn",
                "wanda-rtn");
    }

    @Test
    void callsAVariantThatBeatsTheBaselineTheBest() {
        RunReport report = new RunReport(SampleRuns.summary("x"), List.of(),
                List.of(ResultRow.of("q", "dense", "perplexity", "", 10, "", 1),
                        ResultRow.of("q", "tuned", "perplexity", "", 9, "", 1)),
                List.of(), List.of(), List.of());
        assertThat(find("<span class=\"label\">([^<]*)<", body(page(report)))).containsExactly("Best perplexity");
        assertThat(body(page(report))).as("no link without a node").doesNotContain("href=\"#\"");
    }

    @Test
    void showsAllOfTheLineage() {
        String body = body(page(SampleRuns.quickstart()));
        assertThat(body).contains("25.0.3+9 (Eclipse Temurin)", "cpu features", "avx2 fma bmi2", "lathe-streaming-llm",
                "c3e6d5512b", "<h3>bundles</h3>", "sherlock.txt");
    }

    @Test
    void standsWithoutResultsNodesOrLineage() {
        RunSummary run = new RunSummary("empty", "", Instant.EPOCH, Double.NaN, Map.of(), Map.of());
        String body = body(page(new RunReport(run, List.of(), List.of(), List.of(), List.of(), List.of())));
        assertThat(body).contains("<h1>empty</h1>").doesNotContain("id=\"comparison\"", "id=\"charts\"",
                "id=\"lineage\"");
    }

    @Test
    void showsClaimsWithTheirVerdictsBeforeTheTable() {
        RunReport report = hostile().with(List.of(
                new ClaimRow("A beats B.", "Table 1", ClaimVerdict.HOLDS, "x(a) < x(b)", List.of("x(a) 1 < x(b) 2"),
                        ""),
                new ClaimRow("On a GPU.", "Section 5", ClaimVerdict.NOT_TESTABLE, "", List.of(), "It needs a GPU.")));
        String body = body(page(report));
        assertThat(find("<span class=\"badge\">([^<]*)</span>", body)).containsExactly("holds", "not testable here");
        assertThat(body).contains("1 holds, 1 not testable here", "<code>x(a) 1 &lt; x(b) 2</code>", "It needs a GPU.");
        assertThat(body.indexOf("id=\"claims\"")).isLessThan(body.indexOf("id=\"comparison\""));
    }
}
