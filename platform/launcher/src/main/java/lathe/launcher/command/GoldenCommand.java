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
    "Cases lie in <folder>/<kind>/<id>/: in ../shared/golden/methods beside the source tree, and in folders given "
            + "with --cases."
})
final class GoldenCommand implements Callable<Integer> {
    private final Platforms platforms;

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "ID", description = "Only the cases of this method, or one of models, sampling, tokenizers, hostile; without it all.")
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
        out.println(tally.equal + " equal, " + tally.differ + " differ, " + tally.skipped + " skipped");
        out.flush();
        return tally.differ == 0 ? ExitCode.DONE : ExitCode.FAILED;
    }

    /** How many cases ended how. */
    private static final class Tally {
        int equal;
        int differ;
        int skipped;

        void add(GoldenResult.Outcome outcome) {
            switch (outcome) {
                case EQUAL -> equal++;
                case DIFFERS -> differ++;
                case SKIPPED -> skipped++;
            }
        }
    }

    private GoldenFolders folders() {
        List<Path> roots = new ArrayList<>(GoldenFolders.ofProperties().roots());
        for (Path folder : cases) {
            if (!Files.isDirectory(folder)) {
                throw new LatheException("The folder with cases " + folder.toAbsolutePath() + " does not exist.");
            }
            roots.add(folder);
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

    private static void compare(PlatformCases cases, GoldenFolders folders, TextTable table, Tally tally) {
        // Methods' cases lie in golden/methods, those of the platform in folders beside it.
        List<Path> roots = folders.roots().stream()
                .map(root -> root.endsWith("methods") ? root.getParent() : root)
                .toList();
        List<CaseOutcome> outcomes = cases.runBelow(roots);
        if (outcomes.isEmpty()) {
            table.row(cases.folder(), "platform", "-", word(GoldenResult.Outcome.SKIPPED), "no cases in " + roots);
            tally.add(GoldenResult.Outcome.SKIPPED);
        }
        for (CaseOutcome row : outcomes) {
            GoldenResult.Outcome outcome = row.isEqual() ? GoldenResult.Outcome.EQUAL : GoldenResult.Outcome.DIFFERS;
            table.row(cases.folder(), row.group(), row.name(), word(outcome), row.difference().orElse(""));
            tally.add(outcome);
        }
    }

    private static String word(GoldenResult.Outcome outcome) {
        return outcome.name().toLowerCase(Locale.ROOT);
    }
}
