package lathe.runtime.recipe;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import lathe.report.ClaimRow;
import lathe.report.ClaimVerdict;
import lathe.runtime.run.RunResult;

/**
 * What came of a recipe.
 *
 * @param id       the name of its folder
 * @param file     the recipe
 * @param title    of the paper
 * @param citation where the paper is found; may be empty
 * @param methods  the methods that the claims are about
 * @param baseline what the untouched model had to give
 * @param claims   the claims, judged
 * @param run      the run that they were judged by; empty if nothing could be run here
 */
public record Reproduction(String id, Path file, String title, String citation, List<String> methods,
        List<ClaimRow> baseline, List<ClaimRow> claims, Optional<RunResult> run) {
    /** Copies the lists. */
    public Reproduction {
        requireNonNull(id, "id is null");
        requireNonNull(file, "file is null");
        requireNonNull(title, "title is null");
        requireNonNull(citation, "citation is null");
        requireNonNull(run, "run is null");
        methods = List.copyOf(methods);
        baseline = List.copyOf(baseline);
        claims = List.copyOf(claims);
    }

    /**
     * How many claims ended so.
     *
     * @param verdict how
     * @return their number
     */
    public long count(ClaimVerdict verdict) {
        return claims.stream().filter(claim -> claim.verdict() == verdict).count();
    }

    /**
     * Whether everything was judged that can be tested here.
     *
     * @return false if a node failed, or the untouched model is not what it should be
     */
    public boolean isJudged() {
        return count(ClaimVerdict.NOT_JUDGED) == 0 && run.map(RunResult::succeeded).orElse(true)
                && baseline.stream().noneMatch(row -> row.verdict() == ClaimVerdict.FAILS
                        || row.verdict() == ClaimVerdict.NOT_JUDGED);
    }
}
