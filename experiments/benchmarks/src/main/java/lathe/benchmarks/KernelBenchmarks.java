package lathe.benchmarks;

import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Runs all benchmarks in one process and prints each beside what the machine can do: products of one token as a fraction
 * of the measured read bandwidth, sparse products as a multiple of the dense one's speed, sparse attention as a multiple
 * of dense attention's. The raw numbers go to a JSON file.
 */
public final class KernelBenchmarks {
    private KernelBenchmarks() {}

    /**
     * Runs.
     *
     * @param arguments a pattern of benchmark names and the JSON file, both optional
     * @throws RunnerException if a benchmark fails
     */
    public static void main(String[] arguments) throws RunnerException {
        String pattern = arguments.length > 0 ? arguments[0] : "lathe.benchmarks";
        String file = arguments.length > 1 ? arguments[1] : "benchmarks.json";
        // One process for all: limits and kernels see the same machine. C2 needs the warm-up.
        Options options = new OptionsBuilder().include(pattern).include("LimitsBenchmark").forks(0).warmupIterations(3)
                .warmupTime(TimeValue.seconds(2)).measurementIterations(5).measurementTime(TimeValue.seconds(1))
                .resultFormat(ResultFormatType.JSON).result(file).build();
        print(new Runner(options).run());
    }

    private static void print(Collection<RunResult> results) {
        Map<String, RunResult> byName = new TreeMap<>();
        results.forEach(result -> byName.put(name(result), result));
        double bandwidth = LimitsBenchmark.BYTES / microseconds(byName.get("LimitsBenchmark.read")) / 1e3;
        double size = LimitsBenchmark.SIZE;
        double speed = 2 * size * size * size / microseconds(byName.get("LimitsBenchmark.multiply")) / 1e3;
        System.out.printf("%nread bandwidth %.1f GB/s, sgemm %.0f GFLOP/s%n%n", bandwidth, speed);
        System.out.printf("%-70s %12s %10s %s%n", "", "us", "GB/s", "ratio");
        byName.forEach((name, result) -> {
            double time = microseconds(result);
            if (name.startsWith("OneToken")) {
                double rate = bytes(result) / time / 1e3;
                System.out.printf("%-70s %12.1f %10.2f %.2f of bandwidth%n", name, time, rate, rate / bandwidth);
            } else {
                RunResult dense = byName.get(name.replaceAll("sparsity=[0-9.]+", "sparsity=0")
                        .replaceAll("oneOf=[0-9]+", "oneOf=1"));
                String ratio = dense == null || dense == result
                        ? ""
                        : "%.2f times dense".formatted(microseconds(dense) / time);
                System.out.printf("%-70s %12.1f %10s %s%n", name, time, "", ratio);
            }
        });
    }

    private static double bytes(RunResult result) {
        return Weights.storedBytes(result.getParams().getParam("form"), OneTokenBenchmark.SIZE);
    }

    private static String name(RunResult result) {
        StringBuilder name = new StringBuilder(result.getParams().getBenchmark().replace("lathe.benchmarks.", ""));
        for (String key : result.getParams().getParamsKeys()) {
            name.append(' ').append(key).append('=').append(result.getParams().getParam(key));
        }
        return name.toString();
    }

    private static double microseconds(RunResult result) {
        return result.getPrimaryResult().getScore();
    }
}
