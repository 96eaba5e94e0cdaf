package lathe.runtime.price;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import lathe.runtime.graph.Task;

/**
 * How long work took in earlier runs, beside what was expected, as a plain file of the store: a line a node with its
 * address, what was done, seconds expected from shapes and seconds taken. The same work is expected to take the time that
 * it took; other work with the same method as much more or less than computed as that method did lately.
 */
public final class PastTimes {
    private static final String FILE = "times.tsv";
    private static final int MOST_LINES = 4000;
    /** Of each method so many last runs count. */
    private static final int LATEST = 9;
    private static final double SHORTEST = 0.02;

    private final Path file;
    private final Map<String, Double> seconds = new HashMap<>();
    private final Map<String, List<Double>> ratios = new HashMap<>();

    private PastTimes(Path file) {
        this.file = file;
    }

    /**
     * Reads what a store knows; lines that make no sense are passed over.
     *
     * @param store its folder; may not be there yet
     * @return the times
     */
    public static PastTimes of(Path store) {
        PastTimes times = new PastTimes(requireNonNull(store, "store is null").resolve(FILE));
        times.lines().forEach(times::take);
        return times;
    }

    private List<String> lines() {
        try {
            return Files.isRegularFile(file) ? Files.readAllLines(file, StandardCharsets.UTF_8) : List.of();
        } catch (IOException unreadable) {
            return List.of();
        }
    }

    private void take(String line) {
        String[] parts = line.split("\t");
        try {
            double expected = Double.parseDouble(parts[2]);
            double taken = Double.parseDouble(parts[3]);
            if (parts.length == 4 && expected > 0 && taken > 0 && Double.isFinite(taken / expected)) {
                seconds.put(parts[0], taken);
                ratios.computeIfAbsent(parts[1], what -> new ArrayList<>()).add(taken / expected);
            }
        } catch (ArrayIndexOutOfBoundsException | NumberFormatException cutOff) {
            // A line that was being written when the process was killed.
            return;
        }
    }

    /**
     * Puts experience over computed times.
     *
     * @param tasks  what is to be done
     * @param prices computed from shapes, by task
     * @return the same prices with other seconds where something is known
     */
    public Map<String, Price> over(List<Task> tasks, Map<String, Price> prices) {
        Map<String, Price> known = new LinkedHashMap<>(prices);
        for (Task task : tasks) {
            known.computeIfPresent(task.id(), (id, price) -> new Price(price.memory(), price.disk(),
                    seconds.getOrDefault(task.address(), price.seconds() * ratio(task.what()))));
        }
        return known;
    }

    /** The median of the last runs. */
    private double ratio(String what) {
        List<Double> all = ratios.getOrDefault(what, List.of());
        List<Double> last = all.subList(Math.max(0, all.size() - LATEST), all.size()).stream().sorted().toList();
        return last.isEmpty() ? 1 : last.get(last.size() / 2);
    }

    /**
     * Remembers how long something took. What cannot be written is forgotten: it is but an estimate.
     *
     * @param task  what was done
     * @param price computed from shapes
     * @param taken seconds
     */
    public void remember(Task task, Price price, double taken) {
        if (taken < SHORTEST || price.seconds() <= 0) {
            return;
        }
        String line = task.address() + "\t" + task.what() + "\t" + price.seconds() + "\t" + taken + "\n";
        take(line.strip());
        try {
            List<String> before = lines();
            if (before.size() > MOST_LINES) {
                Files.write(file, before.subList(before.size() - MOST_LINES / 2, before.size()));
            }
            Files.createDirectories(file.getParent());
            Files.writeString(file, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException full) {
            return;
        }
    }
}
