package lathe.launcher.command;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import lathe.launcher.ExitCode;
import lathe.launcher.Platform;
import lathe.launcher.Platforms;
import lathe.launcher.terminal.RunProgress;
import lathe.launcher.terminal.Terminal;
import lathe.report.ConsoleTable;
import lathe.report.ReportWriter;
import lathe.runtime.run.RunResult;

/** {@code lathe run FILE}: runs an experiment and prints its table. */
@Command(name = "run", description = {
    "Run an experiment: every node of its graph, then a table of the results and a report.",
    "Interrupted or failed runs continue where they stopped when the same file is run again."
})
final class RunCommand implements Callable<Integer> {
    private final Platforms platforms;
    private final Terminal terminal;

    @Spec
    private CommandSpec spec;

    @Mixin
    private ExperimentOptions experiment;

    @Option(names = "--dry-run", description = "Only check the experiment and list what would be done, as `check` does.")
    private boolean dryRun;

    RunCommand(Platforms platforms, Terminal terminal) {
        this.platforms = platforms;
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        AtomicInteger code = new AtomicInteger();
        PrintWriter out = spec.commandLine().getOut();
        platforms.use(platform -> code.set(
                dryRun ? PlanList.check(platform, experiment, out, spec.commandLine().getErr()) : run(platform, out)));
        return code.get();
    }

    private int run(Platform platform, PrintWriter out) {
        RunProgress progress = new RunProgress(spec.commandLine().getErr(), terminal);
        String command = "lathe " + String.join(" ", spec.commandLine().getParseResult().originalArgs());
        // The table is printed before the interruption is let go: with it the process may end.
        try (Interruption interruption = new Interruption(Thread.currentThread())) {
            return print(run(platform, command, progress), out);
        }
    }

    private RunResult run(Platform platform, String command, RunProgress progress) {
        try {
            return platform.runner().run(experiment.file(), experiment.options(command, progress));
        } finally {
            progress.finish();
        }
    }

    private int print(RunResult result, PrintWriter out) {
        out.println();
        out.print(new ConsoleTable(result.report()).render(terminal.style()));
        out.println();
        result.report().warnings().forEach(warning -> out.println("Note: " + warning));
        out.println("Report: " + shown(result.folder().resolve(ReportWriter.PAGE)));
        out.flush();
        return result.succeeded() ? ExitCode.DONE : ExitCode.FAILED;
    }

    /** Relative to the current directory if it lies below it. */
    private static Path shown(Path file) {
        Path here = Path.of("").toAbsolutePath();
        return file.startsWith(here) ? here.relativize(file) : file;
    }
}
