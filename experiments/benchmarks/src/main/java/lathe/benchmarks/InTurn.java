package lathe.benchmarks;

import java.lang.management.ManagementFactory;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import com.sun.management.OperatingSystemMXBean;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ScalarResult;

/**
 * Runs other cases in turn with the one that JMH measures, in the same process: after each of its iterations every one of
 * them for as long. The median time of each before and after an iteration, over that of the iteration, is a ratio in which
 * the machine's speed, which its neighbours change by a factor of two for seconds, cancels out. JMH calls it as a profiler.
 */
public final class InTurn implements InternalProfiler {
    /** OpenBLAS's threads spin for a tenth of a second and more after their work, and take a core of what comes next. */
    private static final long REST_MILLIS = 40;
    private static final long LONGEST_REST_MILLIS = 500;
    /**
     * What a limit is repeated for, at most. After a second and a half of nothing but multiplications in registers a Zen 5
     * did half as many from then on, in run after run, while products of matrices in turn with them stayed as fast.
     */
    private static final double LIMIT_MICROS = 100_000;
    private static final double LONGEST_MICROS = 1_000_000;

    private final List<Other> others = new ArrayList<>();

    /**
     * @param cases what {@link #named} has written
     */
    public InTurn(String cases) {
        for (String one : cases.split(";")) {
            others.add(new Other(one));
        }
    }

    /** The cases by class, method and parameters, for a process that knows no more of them. */
    static String named(List<BenchmarkCase> cases) {
        return cases.stream()
                .map(one -> one.benchmark() + one.jmhParameters()
                        .entrySet()
                        .stream()
                        .map(parameter -> " " + parameter.getKey() + "=" + parameter.getValue())
                        .collect(Collectors.joining()))
                .collect(Collectors.joining(";"));
    }

    /** The label of the ratio to one of the cases, by its place among them. */
    static String label(int place) {
        return "in turn, " + place;
    }

    /** How many times as long another case took, before and after this one: so an even drift cancels out, too. */
    static double ratio(double before, double micros, double after) {
        return (before + after) / 2 / micros;
    }

    @Override
    public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
        for (Other other : others) {
            if (!other.isOpen()) {
                other.open();
                other.measure(LIMIT_MICROS);
                rest();
            }
        }
    }

    @Override
    public Collection<? extends Result<?>> afterIteration(BenchmarkParams benchmark, IterationParams iteration,
            IterationResult result) {
        double micros = result.getPrimaryResult().getStatistics().getPercentile(50);
        double stretch = Math.min(Math.max(micros, iteration.getTime().convertTo(TimeUnit.MICROSECONDS)),
                LONGEST_MICROS);
        List<ScalarResult> ratios = new ArrayList<>();
        for (Other other : others) {
            double before = other.micros;
            rest();
            ratios.add(new ScalarResult(label(ratios.size()), ratio(before, micros, other.measure(stretch)), "x",
                    AggregationPolicy.AVG));
        }
        rest();
        return ratios;
    }

    /** Waits until no thread of the process works. */
    private static void rest() {
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        long end = System.nanoTime() + LONGEST_REST_MILLIS * 1_000_000;
        long worked;
        do {
            long before = system.getProcessCpuTime();
            sleep();
            worked = system.getProcessCpuTime() - before;
        } while (worked > REST_MILLIS * 1_000_000 / 4 && System.nanoTime() < end);
    }

    private static void sleep() {
        try {
            Thread.sleep(REST_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public String getDescription() {
        return "Measures other cases in turn with this one.";
    }

    /** A case that JMH does not run itself: an instance of its class, opened by hand. */
    private static final class Other {
        private final Object benchmark;
        private final Method run;
        private double micros = Double.NaN;

        Other(String text) {
            String[] words = text.split(" ");
            String[] name = words[0].split("\\.");
            try {
                Class<?> type = Class.forName(InTurn.class.getPackageName() + "." + name[0]);
                benchmark = type.getConstructor().newInstance();
                run = type.getMethod(name[1]);
                for (String parameter : List.of(words).subList(1, words.length)) {
                    String[] nameAndValue = parameter.split("=");
                    set(type.getField(nameAndValue[0]), nameAndValue[1]);
                }
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("No case is called " + text + ".", e);
            }
        }

        private void set(Field field, String value) throws IllegalAccessException {
            if (field.getType() == int.class) {
                field.setInt(benchmark, Integer.parseInt(value));
            } else if (field.getType() == double.class) {
                field.setDouble(benchmark, Double.parseDouble(value));
            } else {
                field.set(benchmark, value);
            }
        }

        boolean isOpen() {
            return !Double.isNaN(micros);
        }

        void open() {
            try {
                call(benchmark.getClass().getMethod("open"));
            } catch (NoSuchMethodException e) {
                throw new IllegalStateException(e);
            }
        }

        /** Repeats it for so long, and once at least; the median of the microseconds of a repetition. */
        double measure(double stretch) {
            double most = benchmark instanceof LimitsBenchmark ? Math.min(stretch, LIMIT_MICROS) : stretch;
            List<Double> times = new ArrayList<>();
            double all = 0;
            while (all < most || times.isEmpty()) {
                long start = System.nanoTime();
                call(run);
                times.add((System.nanoTime() - start) / 1e3);
                all += times.getLast();
            }
            micros = Ratio.of(times).median();
            return micros;
        }

        private void call(Method method) {
            try {
                method.invoke(benchmark);
            } catch (IllegalAccessException | InvocationTargetException e) {
                throw new IllegalStateException(benchmark.getClass().getSimpleName() + " failed.", e);
            }
        }
    }
}
