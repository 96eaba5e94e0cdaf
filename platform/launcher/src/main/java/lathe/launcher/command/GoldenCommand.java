package lathe.launcher.command;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import lathe.launcher.ExitCode;
import lathe.launcher.Platform;
import lathe.launcher.Platforms;
import lathe.models.check.CaseOutcome;
import lathe.runtime.registry.PluginLease;
import lathe.spi.LatheException;
import lathe.testkit.golden.GoldenFolders;
import lathe.testkit.golden.GoldenReport;
import lathe.testkit.golden.GoldenResult;

/** {@code lathe golden}: the installed methods against results of other people's software. */
@Command(name = "golden", description = {
    "Compare methods, models, sampling and tokenizers with reference results of other software, case by case.",
    "Cases of methods lie in <folder>/<kind>/<id>/: in ../shared/golden/methods beside the source tree, and in "
            + "folders given with --cases. Those of a suite lie in <folder>/<suite>/, or in the folder given with "
            + "--cases itself."
})
final class GoldenCommand implements Callable<Integer> {
    private final Platforms platforms;

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "ID", description = "Only the cases of this method, or one of the suites models, models-real, tokenizers, sampling, ops, checkpoints, hostile; without it all methods and suites.")
    private String id;

    @Option(names = "--cases", paramLabel = "DIR", description = "A further folder with cases; may be given several times.")
    private List<Path> cases = List.of();

    GoldenCommand(Platforms platforms) {
        this.platforms = platforms;
    }

    @Override
    public Integer call() {
        GoldenFolders folders = folders();
        PrintWriter out = spec.commandLine().getOut();
        TextTable table = new TextTable("cases of", "kind", "case", "result", "");
        Tally tally = new Tally();
        Optional<PlatformCases> group = Optional.ofNullable(id).flatMap(PlatformCases::named);
        if (group.isEmpty()) {
            platforms.use(platform -> compare(platform, folders, table, tally));
        }
        if (group.isPresent() || id == null) {
            for (PlatformCases cases : group.map(List::of).orElse(List.of(PlatformCases.values()))) {
                compare(cases, folders, table, tally);
            }
        }
        table.print(out);
        out.println();
        out.println(tally);
        out.flush();
        return tally.differ == 0 ? ExitCode.DONE : ExitCode.FAILED;
    }

    /** How many cases ended how. */
    private static final class Tally {
        int equal;
        int differ;
        int incomplete;
        int skipped;

        void add(GoldenResult.Outcome outcome) {
            switch (outcome) {
                case EQUAL -> equal++;
                case DIFFERS -> differ++;
                case INCOMPLETE -> incomplete++;
                case SKIPPED -> skipped++;
            }
        }

        @Override
        public String toString() {
            String numbers = equal + " equal, " + differ + " differ, " + skipped + " skipped";
            return incomplete == 0 ? numbers
                    : numbers + ", " + incomplete
                            + " incomplete: what is computed is equal, but the case asks for more";
        }
    }

    private GoldenFolders folders() {
        List<Path> roots = new ArrayList<>(GoldenFolders.ofProperties().roots());
        for (Path folder : cases) {
            if (!Files.isDirectory(folder)) {
                throw new LatheException("The folder with cases " + folder.toAbsolutePath() + " does not exist.");
            }
            // A folder as golden itself is: methods beside the suites.
            roots.add(Files.isDirectory(folder.resolve("methods")) ? folder.resolve("methods") : folder);
        }
        return new GoldenFolders(roots);
    }

    private void compare(Platform platform, GoldenFolders folders, TextTable table, Tally tally) {
        try (PluginLease lease = platform.registry().lease()) {
            for (GoldenResult row : GoldenReport.of(lease.view(), Optional.ofNullable(id), folders).rows()) {
                table.row(row.method(), row.kind().label(), row.name(), word(row.outcome()), row.detail());
                tally.add(row.outcome());
            }
        }
    }

    private void compare(PlatformCases suite, GoldenFolders folders, TextTable table, Tally tally) {
        List<Path> found = folders(suite, folders);
        List<CaseOutcome> outcomes = suite.run(found);
        if (outcomes.isEmpty()) {
            String where = found.isEmpty() ? roots(folders).toString() : found.toString();
            table.row(suite.folder(), "platform", "-", word(GoldenResult.Outcome.SKIPPED), "no cases in " + where);
            tally.add(GoldenResult.Outcome.SKIPPED);
        }
        for (CaseOutcome row : outcomes) {
            GoldenResult.Outcome outcome = row.skipped().isPresent() ? GoldenResult.Outcome.SKIPPED
                    : row.isEqual() ? GoldenResult.Outcome.EQUAL : GoldenResult.Outcome.DIFFERS;
            table.row(suite.folder(), row.group(), row.name(), word(outcome),
                    row.difference().or(row::skipped).orElse(""));
            tally.add(outcome);
        }
    }

    /** Where the cases of a suite are: in folders of its name; a folder given for one suite alone may be its own. */
    private List<Path> folders(PlatformCases suite, GoldenFolders folders) {
        List<Path> found = new ArrayList<>(suite.below(roots(folders)));
        if (suite.folder().equals(id)) {
            cases.stream().filter(folder -> suite.below(List.of(folder)).isEmpty()).forEach(found::add);
        }
        return found;
    }

    /** Methods' cases lie in golden/methods, those of suites in folders beside it. */
    private static List<Path> roots(GoldenFolders folders) {
        return folders.roots().stream().map(root -> root.endsWith("methods") ? parent(root) : root).toList();
    }

    private static Path parent(Path folder) {
        Path parent = folder.getParent();
        return parent == null ? Path.of("") : parent;
    }

    private static String word(GoldenResult.Outcome outcome) {
        return outcome.name().toLowerCase(Locale.ROOT);
    }
}
