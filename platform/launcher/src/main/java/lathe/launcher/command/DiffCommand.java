package lathe.launcher.command;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import lathe.launcher.terminal.Terminal;
import lathe.runtime.config.Places;
import lathe.runtime.history.PastRun;
import lathe.runtime.history.RunDifferences;
import lathe.runtime.history.RunDifferences.Numbers;

/** {@code lathe diff RUN RUN}: configurations and results of two runs side by side. */
@Command(name = "diff", description = {
    "Compare two runs: what their experiments say differently, what they depended on, and their numbers side by side.",
    "A run is its folder, or an experiment's name, which stands for its last run."
})
final class DiffCommand implements Runnable {
    private final Terminal terminal;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "RUN", description = "The first run.")
    private String first;

    @Parameters(index = "1", paramLabel = "RUN", description = "The second run.")
    private String second;

    @Option(names = "--runs", paramLabel = "DIR", description = "Where experiments' names are looked up (default: ${DEFAULT-VALUE}).")
    private Path runs = Path.of("runs");

    @Option(names = "--all", description = "Numbers that are the same, too.")
    private boolean all;

    DiffCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public void run() {
        PastRun before = PastRun.find(first, runs);
        PastRun after = PastRun.find(second, runs);
        RunDifferences differences = RunDifferences.between(before, after);
        PrintWriter out = spec.commandLine().getOut();
        out.println("first:  " + Places.shown(before.folder()));
        out.println("second: " + Places.shown(after.folder()));
        DiffTables tables = new DiffTables(out, terminal.tableWidth());
        tables.changes("The experiments differ in", differences.settings());
        tables.changes("What the runs depended on differs in", differences.lineage());
        List<Numbers> shown = differences.numbers().stream().filter(pair -> all || !pair.isSame()).toList();
        tables.numbers("Numbers", shown);
        tables.summary(differences);
        out.flush();
    }
}
