package lathe.launcher.command;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import lathe.launcher.ExitCode;
import lathe.launcher.Platform;
import lathe.launcher.Platforms;
import lathe.launcher.terminal.RunProgress;
import lathe.launcher.terminal.Terminal;
import lathe.report.ClaimRow;
import lathe.report.ClaimVerdict;
import lathe.report.ReportWriter;
import lathe.runtime.config.Places;
import lathe.runtime.config.Problem;
import lathe.runtime.recipe.ClaimsFile;
import lathe.runtime.recipe.Reproducer;
import lathe.runtime.recipe.Reproduction;
import lathe.runtime.run.ProgressListener;
import lathe.runtime.run.RunOptions;
import lathe.spi.LatheException;

/** {@code lathe reproduce PAPER}: runs a recipe and says which of the paper's claims hold. */
@Command(name = "reproduce", description = {
    "Run the recipe of a paper and say of each of its claims whether it holds, fails, or cannot be tested here.",
    "Recipes lie in experiments/<paper>/recipe.conf; any file with claims can be named as well."
}, exitCodeListHeading = "%nExit codes:%n", exitCodeList = {
    "0:every claim that can be tested here holds",
    "1:a claim could not be judged, because a node failed or the untouched model is not what it should be",
    "2:the input was wrong",
    "3:every claim that can be tested here was judged, and one or more fail"
})
final class ReproduceCommand implements Callable<Integer> {
    private final Platforms platforms;
    private final Terminal terminal;

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..*", paramLabel = "PAPER", description = "Folders in experiments/, or recipe files.")
    private List<String> papers = List.of();

    @Option(names = "--all", description = "Every recipe there is, with a table at the end.")
    private boolean all;

    @Option(names = "--recipes", paramLabel = "DIR", description = "A further folder with recipes.")
    private Path recipes;

    @Option(names = "--json", paramLabel = "FILE", description = "Write all verdicts into a file.")
    private Path json;

    @Option(names = "--dry-run", description = "Only check the recipes, their claims included; run nothing.")
    private boolean dryRun;

    @Mixin
    private RunSettings settings;

    ReproduceCommand(Platforms platforms, Terminal terminal) {
        this.platforms = platforms;
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        RecipeFolders folders = new RecipeFolders(Optional.ofNullable(recipes));
        if (all != papers.isEmpty()) {
            throw new ParameterException(spec.commandLine(), all
                    ? "Name papers, or say --all, not both."
                    : "Name a paper, or say --all. There are: " + String.join(", ", folders.all().keySet()) + ".");
        }
        Collection<Path> files = all ? folders.all().values() : papers.stream().map(folders::find).toList();
        if (files.isEmpty()) {
            throw new LatheException("There are no recipes; name a folder that has some with --recipes.");
        }
        AtomicInteger code = new AtomicInteger();
        platforms.use(platform -> code.set(dryRun ? check(platform, files) : reproduce(platform, files)));
        return code.get();
    }

    private int check(Platform platform, Collection<Path> files) {
        RunOptions options = settings.options("", ProgressListener.NONE);
        int code = ExitCode.DONE;
        for (Path file : files) {
            List<Problem> problems = new Reproducer(platform.runner()).check(file, options);
            problems.forEach(spec.commandLine().getErr()::println);
            code = problems.isEmpty() ? code : ExitCode.WRONG_INPUT;
            spec.commandLine().getOut()
                    .println(Places.shown(file) + (problems.isEmpty() ? ": nothing is wrong" : ": see above"));
        }
        spec.commandLine().getOut().flush();
        return code;
    }

    private int reproduce(Platform platform, Collection<Path> files) {
        PrintWriter out = spec.commandLine().getOut();
        List<Reproduction> done = new ArrayList<>();
        int worst = ExitCode.DONE;
        for (Path file : files) {
            try {
                Reproduction reproduction = reproduce(platform, file);
                print(reproduction, out);
                done.add(reproduction);
                worst = worse(worst, code(reproduction));
            } catch (LatheException wrong) {
                if (files.size() == 1) {
                    throw wrong;
                }
                spec.commandLine().getErr().println(wrong.getMessage());
                worst = worse(worst, ExitCode.WRONG_INPUT);
            }
            if (Thread.interrupted()) {
                worst = worse(worst, ExitCode.FAILED);
                break;
            }
        }
        if (files.size() > 1) {
            summary(done, out);
        }
        if (json != null) {
            ClaimsFile.write(done, json);
        }
        out.flush();
        return worst;
    }

    private Reproduction reproduce(Platform platform, Path file) {
        RunProgress progress = new RunProgress(spec.commandLine().getErr(), terminal);
        String command = "lathe " + String.join(" ", spec.commandLine().getParseResult().originalArgs());
        RunOptions options = settings.options(command, progress);
        try (Interruption interruption = new Interruption(Thread.currentThread())) {
            return new Reproducer(platform.runner()).reproduce(file, options);
        } finally {
            progress.finish();
        }
    }

    private void print(Reproduction reproduction, PrintWriter out) {
        out.println();
        out.println(reproduction.id() + ": " + reproduction.title()
                + (reproduction.citation().isEmpty() ? "" : " (" + reproduction.citation() + ")"));
        reproduction.baseline().forEach(row -> print("baseline", row, out));
        int number = 1;
        for (ClaimRow row : reproduction.claims()) {
            print("claim " + number++, row, out);
        }
        reproduction.run().ifPresent(run -> out.println("Report: "
                + Places.shown(run.folder().resolve(ReportWriter.PAGE))));
        out.flush();
    }

    private static void print(String name, ClaimRow row, PrintWriter out) {
        out.println();
        out.println("  " + row.verdict().words() + "  " + name + ": " + row.says()
                + (row.where().isEmpty() ? "" : " (" + row.where() + ")"));
        row.numbers().forEach(line -> out.println("      " + line));
        if (!row.reason().isEmpty()) {
            out.println("      " + row.reason());
        }
    }

    private static void summary(List<Reproduction> done, PrintWriter out) {
        out.println();
        TextTable table = new TextTable("paper", "methods", "baseline", "holds", "fails", "not testable here",
                "not judged",
                "report");
        long[] sums = new long[ClaimVerdict.values().length];
        for (Reproduction reproduction : done) {
            for (ClaimVerdict verdict : ClaimVerdict.values()) {
                sums[verdict.ordinal()] += reproduction.count(verdict);
            }
            table.row(reproduction.id(), String.join(", ", reproduction.methods()),
                    reproduction.baseline().isEmpty() ? "-" : reproduction.baseline().stream()
                            .allMatch(row -> row.verdict() == ClaimVerdict.HOLDS) ? "equal" : "off",
                    count(reproduction, ClaimVerdict.HOLDS), count(reproduction, ClaimVerdict.FAILS),
                    count(reproduction, ClaimVerdict.NOT_TESTABLE), count(reproduction, ClaimVerdict.NOT_JUDGED),
                    reproduction.run().map(run -> Places.shown(run.folder())).orElse("-"));
        }
        table.row("all", "", "", "" + sums[0], "" + sums[1], "" + sums[2], "" + sums[3], "");
        table.print(out);
    }

    private static String count(Reproduction reproduction, ClaimVerdict verdict) {
        return Long.toString(reproduction.count(verdict));
    }

    private static int code(Reproduction reproduction) {
        return !reproduction.isJudged() ? ExitCode.FAILED
                : reproduction.count(ClaimVerdict.FAILS) > 0 ? ExitCode.CLAIM_FAILED : ExitCode.DONE;
    }

    /** Errors are worse than failing claims. */
    private static int worse(int one, int other) {
        List<Integer> order = List.of(ExitCode.DONE, ExitCode.CLAIM_FAILED, ExitCode.FAILED, ExitCode.WRONG_INPUT);
        return order.indexOf(one) >= order.indexOf(other) ? one : other;
    }
}
