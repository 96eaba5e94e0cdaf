package lathe.runtime.portrait;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

import lathe.report.HeatMap;
import lathe.spi.Notes;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Tensor;

/**
 * What methods note while they work on a model, as tables of a row a block: numbers and short vectors as they are, long
 * ones by their mean, matrices of heads by the mean of each head. Safe for use by several threads; the tables do not depend
 * on their order.
 */
public final class MethodNotes {
    /** Longer vectors are told by their mean. */
    private static final int MOST_COLUMNS = 64;
    /** Larger tensors are not looked at. */
    private static final long MOST_NUMBERS = 1 << 20;
    private static final int MOST_TABLES = 12;

    private final Map<Key, Noted> heard = new ConcurrentHashMap<>();

    private record Key(String name, int block, String source) {}

    /**
     * Something noted.
     *
     * @param name    as the method calls it
     * @param block   at which block
     * @param column  at which sort of weight; empty if at none
     * @param order   places columns
     * @param source  who noted it, different for everything that was worked on
     * @param numbers one, or one a head, expert or the like
     */
    public record Noted(String name, int block, String column, int order, String source, List<Double> numbers) {
        /** Copies the numbers. */
        public Noted {
            requireNonNull(name, "name is null");
            requireNonNull(column, "column is null");
            requireNonNull(source, "source is null");
            numbers = List.copyOf(requireNonNull(numbers, "numbers is null"));
        }
    }

    /**
     * A listener for one weight, or for a block as a whole.
     *
     * @param block  which block
     * @param column sort of weight; empty for a block
     * @param order  places columns
     * @param source different for everything that is worked on
     * @return hears numbers and small tensors, and asks for no tensor that takes work
     */
    public Notes at(int block, String column, int order, String source) {
        return new Listener(block, column, order, source, false);
    }

    /**
     * A listener for the methods that serve a block: it asks for tensors and takes matrices head by head.
     *
     * @param block which block
     * @return hears everything
     */
    public Notes serving(int block) {
        return new Listener(block, "", 0, "", true);
    }

    /**
     * Takes up what was heard in an earlier run.
     *
     * @param noted of a block
     */
    public void add(List<Noted> noted) {
        noted.forEach(each -> heard.put(new Key(each.name(), each.block(), each.source()), each));
    }

    /**
     * What was heard at a block.
     *
     * @param block which
     * @return ordered by name and source
     */
    public List<Noted> of(int block) {
        return sorted().stream().filter(noted -> noted.block() == block).toList();
    }

    /**
     * Everything as tables.
     *
     * @param node   whose
     * @param method the name of the method, put before titles
     * @return a table a name; of vectors, one a name and sort of weight
     */
    public List<HeatMap> tables(String node, String method) {
        Map<String, List<Noted>> byName = new LinkedHashMap<>();
        for (Noted noted : sorted()) {
            if (noted.block() >= 0) {
                boolean vector = noted.numbers().size() > 1;
                String what = vector && !noted.column().isEmpty() ? noted.name() + " of " + noted.column()
                        : noted.name();
                byName.computeIfAbsent(what, name -> new ArrayList<>()).add(noted);
            }
        }
        List<HeatMap> tables = new ArrayList<>();
        byName.forEach((what, all) -> tables.add(table(node, method + ": " + what, all)));
        return tables.stream().limit(MOST_TABLES).toList();
    }

    private List<Noted> sorted() {
        return heard.values().stream().sorted(Comparator.comparing(Noted::name).thenComparing(Noted::order)
                .thenComparing(Noted::block).thenComparing(Noted::source)).toList();
    }

    private static HeatMap table(String node, String title, List<Noted> all) {
        boolean vectors = all.stream().anyMatch(noted -> noted.numbers().size() > 1);
        Set<String> columns = new LinkedHashSet<>();
        TreeMap<Integer, List<Noted>> byBlock = new TreeMap<>();
        for (Noted noted : all) {
            columns.add(noted.column());
            byBlock.computeIfAbsent(noted.block(), block -> new ArrayList<>()).add(noted);
        }
        List<List<Double>> rows = new ArrayList<>();
        for (int block = 0; block <= byBlock.lastKey(); block++) {
            List<Noted> here = byBlock.getOrDefault(block, List.of());
            rows.add(vectors ? means(here) : columns.stream()
                    .map(column -> mean(here.stream().filter(noted -> noted.column().equals(column)).toList()))
                    .toList());
        }
        boolean named = !vectors && !columns.equals(Set.of(""));
        return new HeatMap(title, node, "", "block", named ? "weight" : "", named
                ? List.copyOf(columns)
                : vectors ? List.of() : List.of("value"), rows);
    }

    private static double mean(List<Noted> noted) {
        return noted.stream().mapToDouble(each -> each.numbers().getFirst()).average().orElse(Double.NaN);
    }

    /** Place by place; those of another length than the first are left out. */
    private static List<Double> means(List<Noted> noted) {
        if (noted.isEmpty()) {
            return List.of();
        }
        int length = noted.getFirst().numbers().size();
        List<Double> means = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            int at = i;
            means.add(noted.stream().filter(each -> each.numbers().size() == length)
                    .mapToDouble(each -> each.numbers().get(at)).average().orElse(Double.NaN));
        }
        return means;
    }

    private final class Listener implements Notes {
        private final int block;
        private final String column;
        private final int order;
        private final String source;
        private final boolean serving;

        Listener(int block, String column, int order, String source, boolean serving) {
            this.block = block;
            this.column = requireNonNull(column, "column is null");
            this.order = order;
            this.source = requireNonNull(source, "source is null");
            this.serving = serving;
        }

        @Override
        public void note(String name, double value) {
            hear(name, List.of(value));
        }

        @Override
        public void note(String name, Tensor value) {
            numbers(value, serving).ifPresent(all -> hear(told(name, value), all));
        }

        @Override
        public void note(String name, Supplier<Tensor> value) {
            if (serving) {
                note(name, value.get());
            }
        }

        private void hear(String name, List<Double> numbers) {
            // Methods that note block by block put its number behind the name, which the row says already.
            String plain = name.endsWith("." + block) ? name.substring(0, name.lastIndexOf('.')) : name;
            heard.put(new Key(plain, block, source), new Noted(plain, block, column, order, source, numbers));
        }
    }

    private static String told(String name, Tensor value) {
        boolean whole = value.rank() <= 1 && value.elements() <= MOST_COLUMNS;
        return whole ? name : name + " (mean)";
    }

    private static Optional<List<Double>> numbers(Tensor value, boolean byHead) {
        long count = value.elements();
        if (count == 0 || count > MOST_NUMBERS) {
            return Optional.empty();
        }
        boolean vector = value.rank() <= 1;
        boolean numbers = vector || value.type().isFloat() || value.type() == DataType.BOOL;
        if (vector && count <= MOST_COLUMNS) {
            return Optional.of(means(value, (int) count));
        } else if (vector) {
            return value.type().isFloat() ? Optional.of(means(value, 1)) : Optional.empty();
        }
        return byHead && numbers && value.size(0) <= MOST_COLUMNS
                ? Optional.of(means(value, value.size(0)))
                : Optional.empty();
    }

    /** Means of so many equal parts; what is not finite is left out. */
    private static List<Double> means(Tensor value, int parts) {
        float[] all = value.toFloats();
        int length = all.length / parts;
        List<Double> means = new ArrayList<>();
        for (int part = 0; part < parts; part++) {
            double sum = 0;
            int finite = 0;
            for (int i = part * length; i < (part + 1) * length; i++) {
                sum += Float.isFinite(all[i]) ? all[i] : 0;
                finite += Float.isFinite(all[i]) ? 1 : 0;
            }
            means.add(finite == 0 ? Double.NaN : sum / finite);
        }
        return means;
    }
}
