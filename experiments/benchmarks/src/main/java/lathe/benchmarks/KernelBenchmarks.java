package lathe.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.openjdk.jmh.util.Statistics;

import lathe.benchmarks.BenchmarkPlan.Part;
import lathe.engine.Engine;

/**
 * Runs the cases, each in a process of its own, and prints Lathe's kernels beside libtorch's, Jlama's and what the
 * machine can do. The arguments are those of {@code lathe bench}.
 */
public final class KernelBenchmarks {
    private KernelBenchmarks() {}

    /**
     * Runs.
     *
     * @param arguments {@code kernels}, {@code model}, {@code --quick}, {@code --only PATTERN}, {@code --json FILE},
     *                  {@code --debug}, each optional; without a group of cases all are run
     */
    public static void main(String[] arguments) {
        EnumSet<Part> parts = EnumSet.noneOf(Part.class);
        boolean quick = false;
        boolean debug = false;
        Pattern only = Pattern.compile("");
        Optional<Path> file = Optional.empty();
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "kernels" -> parts.add(Part.KERNELS);
                case "model" -> parts.add(Part.MODEL);
                case "--quick" -> quick = true;
                case "--debug" -> debug = true;
                case "--only" -> only = Pattern.compile(arguments[++i]);
                case "--json" -> file = Optional.of(Path.of(arguments[++i]));
                default -> throw new IllegalArgumentException("No option is called " + arguments[i] + ".");
            }
        }
        try {
            run(parts.isEmpty() ? EnumSet.allOf(Part.class) : parts, quick, only, file);
        } catch (RunnerException | IOException failure) {
            System.err.println(sentence(failure));
            if (debug) {
                failure.printStackTrace();
            }
            System.exit(1);
        }
    }

    /** What went wrong, for who reads no stack trace. */
    static String sentence(Exception failure) {
        if (String.valueOf(failure.getMessage()).contains("JMH lock")) {
            return "Another benchmark is running on this machine, and both would measure each other: wait for its end.";
        }
        return "A benchmark failed, and with it this run (--debug shows where): " + failure.getMessage();
    }

    private static void run(Set<Part> parts, boolean quick, Pattern only, Optional<Path> file)
            throws RunnerException, IOException {
        System.out.println(Engine.shared().description());
        List<BenchmarkCase> cases = BenchmarkPlan.cases(parts, quick)
                .stream()
                .filter(one -> one.isLimit() || only.matcher(one.title()).find())
                .toList();
        if (cases.stream().noneMatch(one -> only.matcher(one.title()).find())) {
            System.err.println("No case's title contains " + only + ": titles are such as 'one token, int4'.");
            System.exit(1);
        }
        if (cases.stream().noneMatch(BenchmarkCase::runsModel)) {
            report(measure(cases, quick, List.of()), quick, file);
            return;
        }
        System.out.println("making a model of 404 MB with random weights ...");
        Path folder = Files.createTempDirectory("lathe-bench");
        BenchmarkModel model = new BenchmarkModel(BenchmarkModel.LARGE, folder);
        // At an interruption, too.
        Runtime.getRuntime().addShutdownHook(new Thread(model::delete));
        BenchmarkModel.make(BenchmarkModel.LARGE, folder);
        report(measure(cases, quick, List.of("-D" + BenchmarkModel.FOLDER + "=" + folder)), quick, file);
    }

    private static void report(List<Measurement> measurements, boolean quick, Optional<Path> file)
            throws IOException {
        new BenchmarkTable(measurements).print(System.out);
        if (file.isPresent()) {
            BenchmarkFile.write(measurements, quick, file.get());
        }
    }

    private static List<Measurement> measure(List<BenchmarkCase> cases, boolean quick, List<String> properties)
            throws RunnerException {
        List<Measurement> measurements = new ArrayList<>();
        for (BenchmarkCase one : cases) {
            Measurement measured = measure(one, quick, properties);
            measurements.add(measured);
            System.out.printf(Locale.ROOT, "[%d/%d] %s, %s: %.0f us, %.1f %s%n", measurements.size(), cases.size(),
                    one.title(), one.who(), measured.micros(), measured.rate(), one.unit().rate());
        }
        return measurements;
    }

    private static Measurement measure(BenchmarkCase one, boolean quick, List<String> properties)
            throws RunnerException {
        // A process of its own for each: no profile of another case, no thread of another library.
        ChainedOptionsBuilder options = new OptionsBuilder().include("\\." + Pattern.quote(one.benchmark()) + "$")
                .forks(1)
                .verbosity(VerboseMode.SILENT)
                .shouldFailOnError(true)
                .jvmArgsAppend("--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED",
                        // JMH and Guava use a class that warns of its own end.
                        "--sun-misc-unsafe-memory-access=allow");
        options.jvmArgsPrepend(properties.toArray(String[]::new));
        one.jmhParameters().forEach(options::param);
        boolean inTurn = !one.others().isEmpty();
        if (inTurn) {
            options.addProfiler(InTurn.class, InTurn.named(one.others()));
        }
        if (one.slow()) {
            options.mode(Mode.SingleShotTime)
                    .warmupIterations(inTurn ? 2 : 1)
                    .measurementIterations(inTurn ? quick ? 5 : 9 : quick ? 3 : 5);
        } else {
            options.mode(Mode.SampleTime)
                    .warmupIterations(quick ? 2 : 3)
                    .warmupTime(TimeValue.milliseconds(warmup(one, quick)))
                    .measurementIterations(inTurn ? quick ? 12 : 30 : quick ? 2 : 5)
                    .measurementTime(TimeValue.milliseconds(inTurn ? 100 : quick ? 500 : 1000));
        }
        RunResult result = new Runner(options.build()).run().iterator().next();
        Statistics times = result.getPrimaryResult().getStatistics();
        // What else runs on the machine only adds: the fastest tenth is nearest to what the kernel takes.
        return new Measurement(one, times.getPercentile(10), times.getPercentile(50), ratios(one, result));
    }

    private static Map<BenchmarkCase, Ratio> ratios(BenchmarkCase one, RunResult result) {
        Map<BenchmarkCase, Ratio> ratios = new LinkedHashMap<>();
        for (int i = 0; i < one.others().size(); i++) {
            String label = InTurn.label(i);
            ratios.put(one.others().get(i), Ratio.of(result.getBenchmarkResults()
                    .stream()
                    .flatMap(fork -> fork.getIterationResults().stream())
                    .map(iteration -> iteration.getSecondaryResults().get(label).getScore())
                    .toList()));
        }
        return ratios;
    }

    /** Milliseconds that the compiler needs: of a whole model it has a dozen loops to do, one after the other. */
    private static int warmup(BenchmarkCase one, boolean quick) {
        return quick && !one.runsModel() ? 700 : 2500;
    }
}
