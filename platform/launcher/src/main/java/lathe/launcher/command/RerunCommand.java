package lathe.launcher.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
import lathe.launcher.terminal.RunProgress;
import lathe.launcher.terminal.Terminal;
import lathe.runtime.config.Places;
import lathe.runtime.history.PastRun;
import lathe.runtime.history.RerunSource;
import lathe.runtime.history.RunDifferences;
import lathe.runtime.history.RunDifferences.Numbers;
import lathe.runtime.run.RunOptions;
import lathe.runtime.run.RunResult;
import lathe.spi.LatheException;

/** {@code lathe rerun RUN}: runs a past run again from nothing and says which numbers differ. */
@Command(name = "rerun", description = {
    "Run a past run again, without any stored result, and say which numbers differ and by how much.",
    "A run is its folder, or an experiment's name, which stands for its last run."
}, exitCodeListHeading = "%nExit codes:%n", exitCodeList = {
    "0:every number but times and speeds is the same, bit for bit",
    "1:a number differs or is missing, or a node failed",
    "2:the input was wrong"
})
final class RerunCommand implements Callable<Integer> {
    private final Platforms platforms;
    private final Terminal terminal;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "RUN", description = "The run.")
    private String name;

    @Option(names = "--runs", paramLabel = "DIR", description = "Where experiments' names are looked up, and the new run goes (default: ${DEFAULT-VALUE}).")
    private Path runs = Path.of("runs");

    RerunCommand(Platforms platforms, Terminal terminal) {
        this.platforms = platforms;
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        PastRun before = PastRun.find(name, runs);
        Path temporary = Files.createTempDirectory("lathe-rerun");
        try {
            RerunSource.Source source = new RerunSource(before).find(temporary);
            AtomicInteger code = new AtomicInteger();
            platforms.use(platform -> code.set(rerun(platform, before, source)));
            return code.get();
        } finally {
            Files.deleteIfExists(temporary.resolve("resolved.conf"));
            Files.deleteIfExists(temporary);
        }
    }

    private int rerun(Platform platform, PastRun before, RerunSource.Source source) {
        PrintWriter out = spec.commandLine().getOut();
        RunProgress progress = new RunProgress(spec.commandLine().getErr(), terminal);
        RunOptions options = new RunOptions(source.overrides(), runs, Optional.empty(), true, true,
                "lathe rerun " + Places.shown(before.folder()), progress);
        RunResult result;
        try (Interruption interruption = new Interruption(Thread.currentThread())) {
            result = platform.runner().run(source.file(), options);
        } finally {
            progress.finish();
        }
        if (Thread.interrupted()) {
            throw new LatheException("The run was interrupted; there is nothing to compare.");
        }
        RunDifferences differences = RunDifferences.between(before, PastRun.read(result.folder()));
        return print(before, result, source, differences, out);
    }

    private int print(PastRun before, RunResult result, RerunSource.Source source, RunDifferences differences,
            PrintWriter out) {
        out.println();
        out.println("first:  " + Places.shown(before.folder()));
        out.println("second: " + Places.shown(result.folder()));
        if (!source.remark().isEmpty()) {
            out.println("Note: " + source.remark());
        }
        DiffTables tables = new DiffTables(out, terminal.tableWidth());
        tables.changes("What the runs depended on differs in", differences.lineage());
        List<Numbers> different = differences.numbers().stream().filter(pair -> !pair.isTime() && !pair.isSame())
                .toList();
        tables.numbers("Numbers that differ", different);
        tables.summary(differences);
        out.flush();
        return different.isEmpty() && result.succeeded() ? ExitCode.DONE : ExitCode.FAILED;
    }
}
