package lathe.runtime.recipe;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

import lathe.report.ClaimRow;
import lathe.report.ClaimVerdict;
import lathe.report.ReportWriter;
import lathe.runtime.config.ExperimentException;
import lathe.runtime.config.Problem;
import lathe.runtime.registry.PluginView;
import lathe.runtime.run.LatheRunner;
import lathe.runtime.run.PlanResult;
import lathe.runtime.run.RunOptions;
import lathe.runtime.run.RunResult;

/** Runs recipes and judges their claims. */
public final class Reproducer {
    private final LatheRunner runner;

    /**
     * @param runner runs the graphs
     */
    public Reproducer(LatheRunner runner) {
        this.runner = requireNonNull(runner, "runner is null");
    }

    /**
     * Runs a recipe and judges its claims. The untouched model is judged first; if it is not what it should be, no claim is
     * judged. The run's report and its {@code claims.json} hold the verdicts.
     *
     * @param file    the recipe
     * @param options of the run
     * @return the verdicts
     * @throws ExperimentException if the graph or a claim is wrong; nothing has then been computed
     */
    public Reproduction reproduce(Path file, RunOptions options) {
        Recipe recipe = RecipeReader.read(file, options.overrides());
        PluginView view = runner.methods();
        String missing = missing(recipe, view);
        Set<Problem> problems = problems(recipe, missing, options, view);
        if (!problems.isEmpty()) {
            throw new ExperimentException(List.copyOf(problems));
        }
        boolean none = recipe.claims().stream().noneMatch(claim -> ClaimJudge.obstacle(claim, view).isEmpty());
        if (!missing.isEmpty() || none) {
            List<ClaimRow> claims = recipe.claims().stream().map(claim -> ClaimJudge.without(claim,
                    ClaimVerdict.NOT_TESTABLE, missing.isEmpty() ? ClaimJudge.obstacle(claim, view) : missing))
                    .toList();
            return reproduction(recipe, List.of(), claims, Optional.empty());
        }
        return judge(recipe, runner.run(file, options), view);
    }

    /**
     * Checks a recipe: its graph, and its claims against that graph. Nothing is computed.
     *
     * @param file    the recipe
     * @param options of a run
     * @return everything that is wrong
     */
    public List<Problem> check(Path file, RunOptions options) {
        Recipe recipe = RecipeReader.read(file, options.overrides());
        PluginView view = runner.methods();
        return List.copyOf(problems(recipe, missing(recipe, view), options, view));
    }

    /** What the graph needs and is not here, in sentences. */
    private static String missing(Recipe recipe, PluginView view) {
        return recipe.needs().stream().flatMap(need -> need.missing(view).stream()).collect(Collectors.joining(" "));
    }

    /** A graph that cannot run here is not looked at. */
    private Set<Problem> problems(Recipe recipe, String missing, RunOptions options, PluginView view) {
        Set<Problem> problems = new LinkedHashSet<>(recipe.problems());
        if (missing.isEmpty()) {
            PlanResult plan = runner.check(recipe.file(), options);
            problems.addAll(plan.ok() ? new RecipeChecker(plan.nodes(), view).check(recipe) : plan.problems());
        }
        return problems;
    }

    private static Reproduction judge(Recipe recipe, RunResult result, PluginView view) {
        ClaimJudge judge = new ClaimJudge(result.report(), view);
        List<ClaimRow> baseline = recipe.baseline().stream().map(judge::judge).toList();
        Optional<ClaimRow> off = baseline.stream().filter(row -> row.verdict() != ClaimVerdict.HOLDS).findFirst();
        List<ClaimRow> claims = off.isEmpty()
                ? recipe.claims().stream().map(judge::judge).toList()
                : recipe.claims().stream().map(claim -> unjudged(claim, off.get(), view)).toList();
        List<ClaimRow> shown = new ArrayList<>(baseline);
        shown.addAll(claims);
        RunResult judged = new RunResult(result.folder(), result.report().with(shown));
        new ReportWriter().write(judged.report(), judged.folder());
        Reproduction reproduction = reproduction(recipe, baseline, claims, Optional.of(judged));
        ClaimsFile.write(List.of(reproduction), judged.folder().resolve(ClaimsFile.NAME));
        return reproduction;
    }

    private static ClaimRow unjudged(Claim claim, ClaimRow baseline, PluginView view) {
        String obstacle = ClaimJudge.obstacle(claim, view);
        return obstacle.isEmpty()
                ? ClaimJudge.without(claim, ClaimVerdict.NOT_JUDGED, "The untouched model is not what it should be: "
                        + (baseline.numbers().isEmpty() ? baseline.reason() : String.join("; ", baseline.numbers())))
                : ClaimJudge.without(claim, ClaimVerdict.NOT_TESTABLE, obstacle);
    }

    private static Reproduction reproduction(Recipe recipe, List<ClaimRow> baseline, List<ClaimRow> claims,
            Optional<RunResult> run) {
        return new Reproduction(recipe.id(), recipe.file(), recipe.title(), recipe.citation(), recipe.methods(),
                baseline,
                claims, run);
    }
}
