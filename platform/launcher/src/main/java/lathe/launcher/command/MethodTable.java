package lathe.launcher.command;

import java.io.PrintWriter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import lathe.report.ClaimVerdict;
import lathe.runtime.recipe.Reproduction;
import lathe.runtime.registry.BuiltInMethods;
import lathe.runtime.registry.InstalledMethod;
import lathe.runtime.registry.PluginView;
import lathe.spi.Citation;
import lathe.spi.Kind;
import lathe.testkit.golden.GoldenResult;

/** The installed methods as a table in Markdown, with what is known of them: golden cases, claims of their papers. */
final class MethodTable {
    private final PluginView view;
    private final Optional<List<GoldenResult>> golden;
    private final Optional<List<Reproduction>> recipes;

    /**
     * @param view    the methods
     * @param golden  golden cases, if they were compared
     * @param recipes judged recipes, if there are any
     */
    MethodTable(PluginView view, Optional<List<GoldenResult>> golden, Optional<List<Reproduction>> recipes) {
        this.view = view;
        this.golden = golden;
        this.recipes = recipes;
    }

    /** Prints it by kind, methods of the platform itself left out. */
    void print(PrintWriter out) {
        out.println("| method | kind | paper | bundle |" + (golden.isPresent() ? " golden cases equal |" : "")
                + (recipes.isPresent() ? " claims: hold, fail, not testable here |" : ""));
        out.println("|---|---|---|---|" + (golden.isPresent() ? "---|" : "") + (recipes.isPresent() ? "---|" : ""));
        for (Kind kind : Kind.values()) {
            view.methods(kind).stream().filter(method -> !method.source().bundle().equals(BuiltInMethods.SOURCE))
                    .forEach(method -> out.println(row(method, kind)));
        }
        out.flush();
    }

    private String row(InstalledMethod method, Kind kind) {
        StringBuilder row = new StringBuilder("| `").append(method.id()).append("` | ").append(kind.label())
                .append(" | ")
                .append(method.method().citation().map(MethodTable::link).orElse("-")).append(" | `")
                .append(method.source().bundle().replaceFirst("^lathe-", "")).append("` |");
        golden.ifPresent(rows -> row.append(' ').append(golden(method, kind, rows)).append(" |"));
        recipes.ifPresent(judged -> row.append(' ').append(claims(method, judged)).append(" |"));
        return row.toString();
    }

    private static String link(Citation citation) {
        String reference = citation.reference();
        if (reference.startsWith("arXiv:")) {
            String id = reference.substring("arXiv:".length());
            return "[" + id + "](https://arxiv.org/abs/" + id + ")";
        }
        return reference.startsWith("http") ? "[" + citation.title() + "](" + reference + ")" : reference;
    }

    private static String golden(InstalledMethod method, Kind kind, List<GoldenResult> rows) {
        List<GoldenResult> own = rows.stream()
                .filter(row -> row.kind() == kind && row.outcome() != GoldenResult.Outcome.SKIPPED)
                .filter(row -> row.method().equals(method.id())
                        || (row.method() + "-" + kind.label()).equals(method.id()))
                .toList();
        long equal = own.stream().filter(row -> row.outcome() == GoldenResult.Outcome.EQUAL).count();
        return own.isEmpty() ? "none exist" : equal + " of " + own.size();
    }

    private static String claims(InstalledMethod method, List<Reproduction> judged) {
        Map<ClaimVerdict, Long> counts = new HashMap<>();
        judged.stream().filter(recipe -> recipe.methods().contains(method.id())).forEach(
                recipe -> List.of(ClaimVerdict.values()).forEach(
                        verdict -> counts.merge(verdict, recipe.count(verdict), Long::sum)));
        if (counts.isEmpty()) {
            return "no recipe";
        }
        long open = counts.get(ClaimVerdict.NOT_JUDGED);
        return counts.get(ClaimVerdict.HOLDS) + ", " + counts.get(ClaimVerdict.FAILS) + ", "
                + counts.get(ClaimVerdict.NOT_TESTABLE) + (open > 0 ? ", " + open + " not judged" : "");
    }
}
