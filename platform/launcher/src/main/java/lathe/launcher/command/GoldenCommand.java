package lathe.launcher.command;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import lathe.launcher.ExitCode;
import lathe.launcher.Platform;
import lathe.launcher.Platforms;
import lathe.runtime.registry.PluginLease;
import lathe.spi.LatheException;
import lathe.testkit.golden.GoldenFolders;
import lathe.testkit.golden.GoldenReport;
import lathe.testkit.golden.GoldenResult;

/** {@code lathe golden}: the installed methods against results of other people's software. */
@Command(name = "golden", description = {
    "Compare the installed methods with reference results of other software, case by case.",
    "Cases lie in <folder>/<kind>/<id>/: in ../shared/golden/methods beside the source tree, and in folders given "
            + "with --cases."
})
final class GoldenCommand implements Callable<Integer> {
    private final Platforms platforms;

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "ID", description = "Only the cases of this method; without it of all.")
    private String id;

    @Option(names = "--cases", paramLabel = "DIR", description = "A further folder with cases; may be given several times.")
    private List<Path> cases = List.of();

    GoldenCommand(Platforms platforms) {
        this.platforms = platforms;
    }

    @Override
    public Integer call() {
        AtomicInteger code = new AtomicInteger(ExitCode.DONE);
        GoldenFolders folders = folders();
        platforms.use(platform -> code.set(compare(platform, folders)));
        return code.get();
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

    private int compare(Platform platform, GoldenFolders folders) {
        PrintWriter out = spec.commandLine().getOut();
        try (PluginLease lease = platform.registry().lease()) {
            GoldenReport report = GoldenReport.of(lease.view(), Optional.ofNullable(id), folders);
            print(report, out);
            out.flush();
            return report.passed() ? ExitCode.DONE : ExitCode.FAILED;
        }
    }

    private static void print(GoldenReport report, PrintWriter out) {
        TextTable table = new TextTable("method", "kind", "case", "result", "");
        for (GoldenResult row : report.rows()) {
            table.row(
                    row.method(),
                    row.kind().label(),
                    row.name(),
                    row.outcome().name().toLowerCase(Locale.ROOT),
                    row.detail());
        }
        table.print(out);
        out.println();
        out.println(count(report, GoldenResult.Outcome.EQUAL) + " equal, " + count(report, GoldenResult.Outcome.DIFFERS)
                + " differ, " + count(report, GoldenResult.Outcome.SKIPPED) + " skipped");
    }

    private static long count(GoldenReport report, GoldenResult.Outcome outcome) {
        return report.rows().stream().filter(row -> row.outcome() == outcome).count();
    }
}
