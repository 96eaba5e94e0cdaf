package lathe.runtime.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.junit.jupiter.api.Test;

import lathe.report.ClaimRow;
import lathe.report.ClaimVerdict;
import lathe.report.NodeRow;
import lathe.report.NodeStatus;
import lathe.report.ResultRow;
import lathe.report.RunReport;
import lathe.report.RunSummary;
import lathe.runtime.graph.TestMethods;
import lathe.runtime.recipe.Condition.Tolerance;
import lathe.runtime.recipe.ConditionParser.SyntaxException;

class ClaimJudgeTest {
    private final List<ResultRow> rows = new ArrayList<>();
    private final List<NodeRow> nodes = new ArrayList<>();

    private void result(String subject, String metric, String protocol, double value, long seed,
            Map<String, Object> point) {
        rows.add(new ResultRow("quality", subject, metric, protocol, value, "", null, null, point, seed));
    }

    private void result(String subject, double value, long seed) {
        result(subject, "perplexity", "windowed-512", value, seed, Map.of());
    }

    private ClaimRow judge(String condition, Tolerance tolerance, Need... needs) throws SyntaxException {
        RunSummary run = new RunSummary("x", "", Instant.EPOCH, 1, Map.of(), Map.of());
        Claim claim = new Claim("It is so.", "Table 1", condition, Optional.of(ConditionParser.parse(condition)),
                tolerance,
                1, List.of(needs), "", "x.conf:3");
        return new ClaimJudge(new RunReport(run, nodes, rows, List.of(), List.of(), List.of()),
                TestMethods.registry().view()).judge(claim);
    }

    private ClaimRow judge(String condition) throws SyntaxException {
        return judge(condition, Tolerance.NONE);
    }

    @Test
    void showsTheNumbersOfBothSides() throws SyntaxException {
        result("a", 53.90686, 17);
        result("b", 57.27206, 17);
        ClaimRow row = judge("perplexity(a) < perplexity(b)");
        assertThat(row.verdict()).isEqualTo(ClaimVerdict.HOLDS);
        assertThat(row.numbers()).containsExactly("perplexity(a) 53.91 < perplexity(b) 57.27");
        assertThat(row.reason()).isEmpty();
        assertThat(judge("perplexity(b) / perplexity(a) < 1").numbers())
                .containsExactly("perplexity(b) / perplexity(a) = 1.062 < 1");
        assertThat(judge("perplexity(b) / perplexity(a) < 1").verdict()).isEqualTo(ClaimVerdict.FAILS);
    }

    @Test
    void holdsInTheMeanAndSaysInHowManySeeds() throws SyntaxException {
        for (int seed = 0; seed < 3; seed++) {
            result("a", new double[] {1, 2, 6}[seed], seed);
            result("b", 4, seed);
        }
        ClaimRow row = judge("perplexity(a) < perplexity(b)");
        assertThat(row.verdict()).isEqualTo(ClaimVerdict.HOLDS);
        assertThat(row.numbers()).containsExactly("perplexity(a) 3 (1 to 6) < perplexity(b) 4");
        assertThat(row.reason()).isEqualTo("In the mean, and in 2 of 3 seeds.");
        ClaimRow other = judge("perplexity(a) > 5");
        assertThat(other.verdict()).isEqualTo(ClaimVerdict.FAILS);
        assertThat(other.reason()).isEqualTo("Not in the mean; in 1 of 3 seeds.");
    }

    @Test
    void theToleranceOfAClaimIsThatOfComparisonsThatSayNone() throws SyntaxException {
        result("a", 1.05, 1);
        result("b", 1, 1);
        Tolerance tenth = new Tolerance(0.1, true);
        assertThat(judge("perplexity(a) < perplexity(b)").verdict()).isEqualTo(ClaimVerdict.FAILS);
        assertThat(judge("perplexity(a) < perplexity(b)", tenth).verdict()).isEqualTo(ClaimVerdict.HOLDS);
        assertThat(judge("perplexity(a) < perplexity(b) within 1 %", tenth).verdict()).isEqualTo(ClaimVerdict.FAILS);
        assertThat(judge("perplexity(a) < perplexity(b)", tenth).numbers().getFirst()).endsWith(" within 10 %");
    }

    @Test
    void aResultThatStandsForSeveralIsNotJudged() throws SyntaxException {
        result("a", "perplexity", "windowed-512", 1, 17, Map.of());
        result("a", "perplexity", "through-the-cache-512", 9, 17, Map.of());
        assertThat(judge("perplexity(a) < 5").verdict()).isEqualTo(ClaimVerdict.NOT_JUDGED);
        assertThat(judge("perplexity(a) < 5").reason()).contains("2 results", "windowed-512", "through-the-cache-512");
        assertThat(judge("perplexity(a, protocol = \"windowed*\") < 5").verdict()).isEqualTo(ClaimVerdict.HOLDS);
        assertThat(judge("perplexity(a, protocol = \"through*\") < 5").verdict()).isEqualTo(ClaimVerdict.FAILS);
    }

    @Test
    void findsThePointOfASweepByTheLastPartOfItsKey() throws SyntaxException {
        result("a", "perplexity", "", 1, 17, Map.of("pruned.sparsity", 0.5));
        result("a", "perplexity", "", 9, 17, Map.of("pruned.sparsity", 0.7));
        assertThat(judge("perplexity(a, sparsity = 0.50) < perplexity(a, sparsity = 0.7)").numbers())
                .containsExactly("perplexity(a, sparsity = 0.50) 1 < perplexity(a, sparsity = 0.7) 9");
        assertThat(judge("perplexity(a) < 5").verdict()).isEqualTo(ClaimVerdict.NOT_JUDGED);
    }

    @Test
    void aMissingResultIsNotJudgedAndTheReasonNamesTheFailedNode() throws SyntaxException {
        nodes.add(new NodeRow("quality", "evaluate", "perplexity", NodeStatus.FAILED, 1, "", "The text is too short.",
                null,
                List.of(), Map.of(), Map.of()));
        ClaimRow row = judge("perplexity(a) < 5");
        assertThat(row.verdict()).isEqualTo(ClaimVerdict.NOT_JUDGED);
        assertThat(row.reason()).contains("no result perplexity(a)", "quality: The text is too short.");
    }

    @Test
    void whatNeedsSomethingThatIsNotHereIsNotTestable() throws SyntaxException {
        result("a", 1, 17);
        ClaimRow gpu = judge("perplexity(a) < 5", Tolerance.NONE, Need.parse("gpu", null).orElseThrow());
        assertThat(gpu.verdict()).isEqualTo(ClaimVerdict.NOT_TESTABLE);
        assertThat(gpu.reason()).contains("GPU");
        ClaimRow model = judge("perplexity(a) < 5", Tolerance.NONE, Need.parse("model llama-70b", null).orElseThrow());
        assertThat(model.reason()).contains("llama-70b", "not there");
        assertThat(judge("perplexity(a) < 5", Tolerance.NONE, Need.parse("method wanda", null).orElseThrow()).verdict())
                .isEqualTo(ClaimVerdict.HOLDS);
        assertThat(Need.parse("gpus", null)).isEmpty();
        assertThat(Need.parse("model", null)).isEmpty();
    }
}
