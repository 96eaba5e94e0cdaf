package lathe.benchmarks;

import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Measurements side by side: one line a case, Lathe's time (of the fastest tenth of the repetitions) and rate, what it is of the
 * machine's limit in turn with it, then how many times as fast it is as the others.
 */
final class BenchmarkTable {
    private final List<Measurement> measurements;

    BenchmarkTable(List<Measurement> measurements) {
        this.measurements = List.copyOf(measurements);
    }

    /** Prints the table and then the bars. */
    void print(PrintStream out) {
        out.printf("%n%-40s %12s %18s %18s  %s%n", "case", "time", "rate", "of limit", "Lathe is");
        byTitle().forEach((title, same) -> printLine(out, title, same));
        List<Bar> bars = Bar.all(this);
        if (!bars.isEmpty()) {
            out.printf("%n%-66s %6s %18s%n", "bar", "asked", "reached");
            for (Bar bar : bars) {
                out.printf("%-66s %6.2f %18s  %s%n", bar.sentence(), bar.asked(), bar.reached(), bar.verdict());
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
        out.printf("%-40s %9.0f us %8.1f %-9s %18s  %s%n", title, first.micros(), first.rate(),
                first.done().unit().rate(), first.ofLimit().map(Ratio::toString).orElse(""), others);
    }

    /** A measurement by its title and who did it. */
    Optional<Measurement> find(String title, String who) {
        return measurements.stream()
                .filter(one -> one.done().title().equals(title) && one.done().who().equals(who))
                .findFirst();
    }
}
