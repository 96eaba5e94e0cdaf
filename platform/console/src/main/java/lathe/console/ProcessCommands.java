package lathe.console;

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

import lathe.report.ConsoleStyle;
import lathe.report.ConsoleTable;
import lathe.report.ResultsFile;
import lathe.spi.LatheException;

/** Commands about this process and what its runs left: {@code memory}, {@code runs}, {@code results}. */
final class ProcessCommands {
    private static final Path RUNS = Path.of("runs");
    private static final double MIB = 1 << 20;

    private ProcessCommands() {}

    /** The commands. */
    static List<Command> commands() {
        return List.of(
                new SimpleCommand("memory", "Show the memory of this process.", "memory", ProcessCommands::memory),
                new SimpleCommand("runs [NAME]", "List the runs below the folder runs.", "runs quickstart",
                        ProcessCommands::runs),
                new SimpleCommand(
                        "results [RUN]", "Show the table of a run, of the newest if none is named.",
                        "results runs/quickstart/20260101-120000-1a2b3c", ProcessCommands::results));
    }

    private static void memory(List<String> arguments, PrintWriter out) {
        MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        MemoryUsage rest = ManagementFactory.getMemoryMXBean().getNonHeapMemoryUsage();
        line(out, "heap in use", heap.getUsed());
        line(out, "heap reserved", heap.getCommitted());
        line(out, "heap at most", heap.getMax());
        line(out, "classes and code", rest.getUsed());
        for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
            line(out, "buffers, " + pool.getName(), pool.getMemoryUsed());
        }
        resident(out);
    }

    private static void resident(PrintWriter out) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            lines.filter(line -> line.startsWith("VmRSS:") || line.startsWith("VmHWM:")).forEach(line -> {
                long kib = Long.parseLong(line.replaceAll("\\D", ""));
                line(out, line.startsWith("VmRSS") ? "process, resident" : "process, peak", kib << 10);
            });
        } catch (IOException notLinux) {
            out.println("The system does not tell the memory of the whole process.");
        }
    }

    private static void line(PrintWriter out, String what, long bytes) {
        out.printf(Locale.ROOT, "%-24s %10.1f MiB%n", what, bytes / MIB);
    }

    private static void runs(List<String> arguments, PrintWriter out) {
        List<Path> found = runFolders(arguments.isEmpty() ? "" : arguments.getFirst());
        if (found.isEmpty()) {
            out.println("There are no runs below " + RUNS.toAbsolutePath() + ".");
        }
        found.forEach(out::println);
    }

    /** The folders of all runs, and the experiments' names, which stand for their last runs. */
    static List<String> runNames() {
        List<Path> runs = runFolders("");
        return Stream.concat(runs.stream().map(run -> run.getParent().getFileName()).distinct(), runs.stream())
                .map(Path::toString).toList();
    }

    private static List<Path> runFolders(String name) {
        if (!Files.isDirectory(RUNS)) {
            return List.of();
        }
        try (Stream<Path> files = Files.find(RUNS, 3, (file, attributes) -> file.endsWith(ResultsFile.NAME))) {
            return files.map(Path::getParent)
                    .filter(run -> name.isEmpty() || run.getParent().endsWith(name))
                    .sorted()
                    .toList();
        } catch (IOException failure) {
            throw new LatheException("The folder " + RUNS + " cannot be listed: " + failure.getMessage(), failure);
        }
    }

    private static void results(List<String> arguments, PrintWriter out) {
        List<Path> found = arguments.isEmpty() ? runFolders("") : List.of(Path.of(arguments.getFirst()));
        if (found.isEmpty()) {
            throw new LatheException("There are no runs below " + RUNS.toAbsolutePath() + ". `run FILE` makes one.");
        }
        Path newest = found.stream()
                .max((a, b) -> a.getFileName().toString().compareTo(b.getFileName().toString()))
                .orElseThrow();
        out.println(newest);
        out.print(new ConsoleTable(ResultsFile.read(newest)).render(ConsoleStyle.plain()));
    }
}
