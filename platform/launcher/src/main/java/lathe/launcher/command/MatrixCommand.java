package lathe.launcher.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import lathe.launcher.ExitCode;
import lathe.launcher.Platform;
import lathe.launcher.Platforms;
import lathe.launcher.matrix.CompositionMatrix;
import lathe.launcher.matrix.MarkedSection;
import lathe.launcher.matrix.MatrixResult;
import lathe.launcher.matrix.MatrixTable;
import lathe.report.NodeRow;
import lathe.runtime.run.ProgressListener;
import lathe.spi.LatheException;

/** {@code lathe matrix}: tries the installed methods with each other. */
@Command(name = "matrix", description = {
    "Try all installed methods with each other on small random models: pairs across kinds and random threes.",
    "Each combination works, or is refused at planning with a reason; one that fails at run time is a defect, and makes "
            + "the exit code 1."
})
final class MatrixCommand implements Callable<Integer> {
    private static final String SECTION = "matrix";

    private final Platforms platforms;

    @Spec
    private CommandSpec spec;

    @Option(names = "--threes", paramLabel = "N", description = "Random combinations of three kinds (default: ${DEFAULT-VALUE}).")
    private int threes = 100;

    @Option(names = "--seed", paramLabel = "N", description = "What the models and the random combinations depend on (default: ${DEFAULT-VALUE}).")
    private long seed = 8;

    @Option(names = "--markdown", description = "Print Markdown.")
    private boolean markdown;

    @Option(names = "--update", paramLabel = "FILE", description = "Write the table into a Markdown file, between the lines <!-- matrix --> and <!-- /matrix -->.")
    private Optional<Path> update = Optional.empty();

    MatrixCommand(Platforms platforms) {
        this.platforms = platforms;
    }

    @Override
    public Integer call() {
        if (threes < 0) {
            throw new LatheException("--threes must be 0 or more.");
        }
        AtomicInteger code = new AtomicInteger(ExitCode.DONE);
        platforms.use(platform -> {
            MatrixResult result = run(platform);
            print(result, spec.commandLine().getOut());
            code.set(result.failures().isEmpty() ? ExitCode.DONE : ExitCode.FAILED);
        });
        return code.get();
    }

    private MatrixResult run(Platform platform) {
        try {
            Path folder = Files.createTempDirectory("lathe-matrix");
            try {
                return new CompositionMatrix(platform.runner(), folder, seed).run(threes,
                        new Tenths(spec.commandLine().getErr()));
            } finally {
                delete(folder);
            }
        } catch (IOException failure) {
            throw new LatheException("The small models cannot be written: " + failure.getMessage(), failure);
        }
    }

    /** Tells ten times how far it is: a line for each of a thousand nodes would hide the table. */
    private static final class Tenths implements ProgressListener {
        private final PrintWriter err;
        private int nodes;
        private int ended;

        Tenths(PrintWriter err) {
            this.err = err;
        }

        @Override
        public void started(String name, int count, Path folder) {
            nodes = count;
            err.println(count + " nodes");
            err.flush();
        }

        @Override
        public void nodeFinished(String node, NodeRow row) {
            ended++;
            if (ended * 10L / nodes != (ended - 1) * 10L / nodes) {
                err.println(100L * ended / nodes + " %");
                err.flush();
            }
        }
    }

    private void print(MatrixResult result, PrintWriter out) {
        MatrixTable table = new MatrixTable(result);
        if (markdown) {
            out.print(table.markdown());
        } else {
            TextTable text = new TextTable(table.headings().toArray(String[]::new));
            table.rows().forEach(row -> text.row(row.toArray(String[]::new)));
            text.print(out);
            out.println();
            out.println(table.summary());
            table.notes().forEach(out::println);
        }
        update.ifPresent(file -> out.println(
                MarkedSection.replace(file, SECTION, table.markdown()) ? file + " is updated."
                        : file + " is up to date."));
        out.flush();
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
