package lathe.benchmarks;

import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import lathe.benchmarks.BenchmarkCase.Unit;

/** Measurements side by side: one line a case, Lathe's time (of the fastest tenth of the repetitions) and rate, then how many times as fast it is as the others. */
final class BenchmarkTable {
    private final List<Measurement> measurements;

    BenchmarkTable(List<Measurement> measurements) {
        this.measurements = List.copyOf(measurements);
    }

    /** Prints the table and then the bars. */
    void print(PrintStream out) {
        out.printf("%n%-40s %12s %18s %9s %8s  %s%n", "case", "time", "rate", "of limit", "medians", "Lathe is");
        byTitle().forEach((title, same) -> printLine(out, title, same));
        List<Bar> bars = Bar.all(this);
        if (!bars.isEmpty()) {
            out.printf("%n%-74s %8s %8s  %s%n", "bar", "asked", "reached", "");
            for (Bar bar : bars) {
                out.printf("%-74s %8.2f %8.2f  %s%n", bar.sentence(), bar.asked(), bar.reached(),
                        bar.holds() ? "holds" : "missed by %.0f %%".formatted(100 * (1 - bar.reached() / bar.asked())));
            }
        }
        out.println();
    }

    private Map<String, Map<String, Measurement>> byTitle() {
        Map<String, Map<String, Measurement>> lines = new LinkedHashMap<>();
        for (Measurement one : measurements) {
            lines.computeIfAbsent(one.done().title(), title -> new LinkedHashMap<>()).put(one.done().who(), one);
        }
        return lines;
    }

    private void printLine(PrintStream out, String title, Map<String, Measurement> same) {
        Measurement first = same.getOrDefault("lathe", same.values().iterator().next());
        StringBuilder others = new StringBuilder();
        same.forEach((who, other) -> {
            if (first.done().who().equals("lathe") && other != first) {
                others.append("%.2f x %s   ".formatted(other.micros() / first.micros(), who));
            }
        });
        if (!first.done().who().equals("lathe") && first.done().by().isPresent()) {
            others.append("(").append(first.done().who()).append(" alone)");
        }
        Optional<Measurement> most = machine(first.done().unit());
        String limit = most.map(one -> "%.2f".formatted(first.rate() / one.rate())).orElse("");
        String medians = most.map(one -> "%.2f".formatted(first.medianRate() / one.medianRate())).orElse("");
        out.printf("%-40s %9.0f us %8.1f %-9s %9s %8s  %s%n", title, first.micros(), first.rate(),
                first.done().unit().rate(), limit, medians, others);
    }

    private Optional<Double> limit(Unit unit) {
        return machine(unit).map(Measurement::rate);
    }

    private Optional<Measurement> machine(Unit unit) {
        return measurements.stream()
                .filter(one -> one.done().by().isEmpty() && one.done().unit() == unit)
                .findFirst();
    }

    /** A measurement by its title and who did it. */
    Optional<Measurement> find(String title, String who) {
        return measurements.stream()
                .filter(one -> one.done().title().equals(title) && one.done().who().equals(who))
                .findFirst();
    }

    /** The measured limit as a rate. */
    Optional<Double> bandwidth() {
        return limit(Unit.BYTES);
    }
}
