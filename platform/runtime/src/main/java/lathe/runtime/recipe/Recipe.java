package lathe.runtime.recipe;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.List;

import lathe.runtime.config.Problem;

/**
 * An experiment with the claims of a paper.
 *
 * @param file     the recipe's file
 * @param id       the name of its folder
 * @param title    of the paper
 * @param citation where the paper is found, such as {@code arXiv 2306.11695}; may be empty
 * @param methods  the methods that the claims are about
 * @param needs    what must be here for the graph to be run at all
 * @param baseline what must hold of the untouched model before any claim is judged
 * @param claims   the claims in their order
 * @param seeds    with how many seeds the graph is run
 * @param problems what is wrong with the recipe beside its graph
 */
record Recipe(Path file, String id, String title, String citation, List<String> methods, List<Need> needs,
        List<Claim> baseline, List<Claim> claims, int seeds, List<Problem> problems) {
    Recipe {
        requireNonNull(file, "file is null");
        requireNonNull(id, "id is null");
        requireNonNull(title, "title is null");
        requireNonNull(citation, "citation is null");
        methods = List.copyOf(methods);
        needs = List.copyOf(needs);
        baseline = List.copyOf(baseline);
        claims = List.copyOf(claims);
        problems = List.copyOf(problems);
    }
}
