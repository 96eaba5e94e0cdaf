package lathe.launcher.command;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

import lathe.launcher.ExitCode;
import lathe.spi.LatheException;

/**
 * {@code lathe bench}: kernels and a whole model beside libtorch, Jlama and the machine's limits. The benchmarks and the libraries they
 * compare with lie in the source tree alone, so that this only starts them.
 */
@Command(name = "bench", description = {
    "Measure kernels and a whole model on this machine beside libtorch, Jlama and what the machine can do; print ratios.",
    "Runs from a source tree. Nothing else should run meanwhile."
})
final class BenchCommand implements Callable<Integer> {
    private static final String MAIN = "lathe.benchmarks.KernelBenchmarks";

    private static final List<String> PARTS = List.of("kernels", "model");

    @ParentCommand
    private LatheCommand lathe;

    @Parameters(paramLabel = "PART", arity = "0..*", description = {
        "kernels: single operations. model: a model of 404 MB with random weights, one new token and a prompt of 512.",
        "Both without any."
    })
    private List<String> parts = List.of();

    @Option(names = "--quick", description = "Fewer cases and repetitions: minutes instead of half an hour.")
    private boolean quick;

    @Option(names = "--only", paramLabel = "PATTERN", description = "Only cases whose title contains this regular expression, such as 'one token, int' or attention.")
    private String only;

    @Option(names = "--json", paramLabel = "FILE", description = "Also write all figures to this file.")
    private Path json;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path root = Path.of(System.getProperty("lathe.root", ".")).toAbsolutePath().normalize();
        ProcessBuilder builder = new ProcessBuilder(command(root)).inheritIO();
        // Other libraries obey it as well, and it may name a lesser core than the processor has.
        builder.environment().remove("OPENBLAS_CORETYPE");
        Process process = builder.start();
        // An interrupt of the terminal reaches both; this process waits for the other's end.
        return process.waitFor() == 0 ? ExitCode.DONE : ExitCode.FAILED;
    }

    /** The command line that runs the benchmarks. */
    List<String> command(Path root) throws IOException {
        checkParts();
        checkPattern();
        Path built = root.resolve("experiments").resolve("benchmarks").resolve("target");
        Path classPath = built.resolve("classpath");
        if (!Files.isRegularFile(classPath)) {
            throw new LatheException("The benchmarks are not built: there is no " + classPath
                    + ". Run `mvn package -DskipTests -pl experiments/benchmarks -am` in the source tree.");
        }
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of(
                        "--add-modules",
                        "jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        // JMH uses a class that warns of its own end.
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        built.resolve("classes") + File.pathSeparator + Files.readString(classPath).strip(),
                        MAIN));
        command.addAll(parts);
        if (lathe != null && lathe.debug()) {
            command.add("--debug");
        }
        if (quick) {
            command.add("--quick");
        }
        if (only != null) {
            command.addAll(List.of("--only", only));
        }
        if (json != null) {
            command.addAll(List.of("--json", json.toAbsolutePath().toString()));
        }
        return command;
    }

    private void checkParts() {
        parts.stream().filter(part -> !PARTS.contains(part)).findFirst().ifPresent(part -> {
            throw new LatheException(
                    "There are no benchmarks called " + part + ": they are " + String.join(" and ", PARTS)
                            + ". Single cases are chosen with --only.");
        });
    }

    private void checkPattern() {
        try {
            Pattern.compile(only == null ? "" : only);
        } catch (PatternSyntaxException e) {
            throw new LatheException("--only " + only + " is no regular expression: " + e.getDescription() + ".");
        }
    }
}
