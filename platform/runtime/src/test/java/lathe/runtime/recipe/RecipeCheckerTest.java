package lathe.runtime.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.junit.jupiter.api.Test;

import lathe.runtime.config.Problem;
import lathe.runtime.graph.TestMethods;
import lathe.runtime.recipe.Condition.Tolerance;
import lathe.runtime.recipe.ConditionParser.SyntaxException;
import lathe.runtime.registry.BuiltInMethods;
import lathe.runtime.registry.PluginRegistry;
import lathe.runtime.run.PlannedNode;

class RecipeCheckerTest {
    private static PlannedNode node(String name, String verb, String method, Map<String, Object> point) {
        return new PlannedNode(name, verb, method, List.of(), point, "x.conf:1", "", false, "", Optional.empty());
    }

    private static final List<PlannedNode> PLAN = List.of(
            node("dense", "load", "", Map.of()), node("carved", "convert", "cmoe", Map.of()),
            node("probe", "step", "probe", Map.of()), node("quality: carved", "evaluate", "perplexity", Map.of("k", 2)),
            node("quality: probe", "evaluate", "perplexity", Map.of()),
            node("words: dense", "evaluate", "word-perplexity, multiple-choice", Map.of()),
            node("own: dense", "evaluate", "plugin-metric", Map.of()));

    private static List<String> problems(String condition) throws SyntaxException {
        PluginRegistry registry = TestMethods.registry();
        BuiltInMethods.addTo(registry);
        Claim claim = new Claim("It is so.", "", condition, Optional.of(ConditionParser.parse(condition)),
                Tolerance.NONE, 1,
                List.of(), "", "x.conf:9");
        Recipe recipe = new Recipe(Path.of("x.conf"), "x", "", "", List.of(), List.of(), List.of(), List.of(claim), 1,
                List.of());
        return new RecipeChecker(PLAN, registry.view()).check(recipe).stream().map(Problem::toString).toList();
    }

    @Test
    void aNodeThatMakesAModelIsMeasuredByOthersAlone() throws SyntaxException {
        assertThat(problems("perplexity(carved) < 1")).isEmpty();
        assertThat(problems("perplexity(carved, k = 2) < 1")).isEmpty();
        assertThat(problems("perplexity(carved, k = 3) < 1")).singleElement().asString()
                .contains("no point with k = 3");
        assertThat(problems("accuracy(carved) < 1")).singleElement().asString().contains("Nobody computes");
    }

    @Test
    void aStepMayMeasureWhatNobodyElseDoes() throws SyntaxException {
        assertThat(problems("perplexity(probe) < 1 and anything(probe) < 1")).isEmpty();
    }

    @Test
    void knowsWhatMetricsMeasureThatAreNotNamedAfterIt() throws SyntaxException {
        assertThat(problems("byte-perplexity(dense, in = words) < 1 and acc_norm(dense, in = words) < 1")).isEmpty();
        assertThat(problems("multiple-choice(dense, in = words) < 1")).singleElement().asString()
                .contains("Nobody computes the metric 'multiple-choice'", "acc");
    }

    @Test
    void leavesMetricsOfPluginsToTheRun() throws SyntaxException {
        assertThat(problems("whatever(dense, in = own) < 1")).isEmpty();
    }
}
