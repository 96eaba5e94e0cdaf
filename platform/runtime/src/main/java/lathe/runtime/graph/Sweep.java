package lathe.runtime.graph;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;

import lathe.runtime.config.Problems;
import lathe.runtime.registry.NearestNames;

/**
 * The points of a sweep. {@code sweep { a = [1, 2], b = [3, 4] }} is a grid of four points; {@code zip = true} in it pairs
 * the lists instead; a list of such objects runs one after the other. {@code repeat = 3} runs every point with three seeds.
 */
final class Sweep {
    private static final String ZIP = "zip";
    private static final String SEED = "seed";
    private static final String CONFIRMED = "points";

    private final Problems problems;
    private final int most;
    private long counted;

    /** @param most points that are run without being confirmed by {@code points = N} in the experiment */
    Sweep(Problems problems, int most) {
        this.problems = requireNonNull(problems, "problems is null");
        this.most = most;
    }

    /**
     * Values by path, one map a point; a single empty map without a sweep.
     *
     * @param config the experiment, resolved
     */
    List<Map<String, ConfigValue>> points(Config config) {
        List<Map<String, ConfigValue>> points = new ArrayList<>();
        counted = 0;
        if (!config.hasPath("sweep")) {
            points.add(Map.of());
        } else {
            ConfigValue sweep = config.getValue("sweep");
            List<ConfigValue> parts = sweep instanceof ConfigList list ? list : List.of(sweep);
            for (ConfigValue part : parts) {
                if (part instanceof ConfigObject object) {
                    points.addAll(part(object, config));
                } else {
                    problems.add(part.origin(), "sweep",
                            "A sweep is an object of lists, such as { graph.pruned.sparsity = [0.3, 0.5] }.");
                }
            }
            if (points.isEmpty() && problems.isEmpty()) {
                problems.add(sweep.origin(), "sweep", "The sweep has no points.");
            }
        }
        return repeated(points, config);
    }

    private List<Map<String, ConfigValue>> part(ConfigObject object, Config config) {
        boolean zip = object.get(ZIP) != null && Boolean.TRUE.equals(object.get(ZIP).unwrapped());
        Map<String, List<ConfigValue>> lists = new LinkedHashMap<>();
        collect(object.withoutKey(ZIP), List.of(), lists, config);
        if (lists.isEmpty()) {
            return List.of();
        }
        List<Integer> sizes = lists.values().stream().map(List::size).toList();
        if (!confirmed(zip ? sizes.getFirst() : product(sizes), object.origin(), config)) {
            return List.of();
        }
        return zip ? zipped(lists, object) : grid(lists);
    }

    private static long product(List<Integer> sizes) {
        long product = 1;
        for (int size : sizes) {
            // No list is so long that this overflows before it is far too much.
            product = Math.min(product * size, Integer.MAX_VALUE);
        }
        return product;
    }

    /** Whether so many more points may be run, seeds included. */
    private boolean confirmed(long more, ConfigOrigin origin, Config config) {
        counted += more;
        long seeds = config.hasPath("repeat") && config.getValue("repeat").unwrapped() instanceof Integer repeat
                ? Math.max(1, repeat)
                : 1;
        long limit = config.hasPath(CONFIRMED) && config.getValue(CONFIRMED).unwrapped() instanceof Number given
                ? Math.max(most, given.longValue())
                : most;
        if (counted * seeds <= limit) {
            return true;
        }
        problems.add(origin, "sweep",
                "The sweep has " + counted * seeds + " points" + (seeds > 1 ? ", seeds included" : "")
                        + ", and more than " + limit
                        + " are run only when they are confirmed: make it smaller, or confirm it with "
                        + "--points " + counted * seeds + " (points = " + counted * seeds + " in the file).");
        return false;
    }

    private void collect(ConfigObject object, List<String> path, Map<String, List<ConfigValue>> lists, Config config) {
        object.entrySet().stream()
                .sorted(java.util.Comparator.<Map.Entry<String, ConfigValue>>comparingInt(
                        entry -> entry.getValue().origin().lineNumber()).thenComparing(Map.Entry::getKey))
                .forEach(entry -> {
                    List<String> inner = new ArrayList<>(path);
                    inner.add(entry.getKey());
                    if (entry.getValue() instanceof ConfigObject deeper) {
                        collect(deeper, inner, lists, config);
                    } else {
                        leaf(inner, entry.getValue(), lists, config);
                    }
                });
    }

    private void leaf(
            List<String> path, ConfigValue value, Map<String, List<ConfigValue>> lists, Config config) {
        String key = ConfigUtil.joinPath(path);
        List<ConfigValue> values = value instanceof ConfigList list ? list : List.of(value);
        if (values.isEmpty()) {
            problems.add(value.origin(), "sweep." + key, "The list is empty: name at least one value.");
        } else if (new LinkedHashSet<>(values).size() < values.size()) {
            problems.add(value.origin(), "sweep." + key, "A value stands in the list twice.");
        } else if (!exists(path, config)) {
            Set<String> nodes = config.hasPath("graph")
                    && config.getValue("graph").valueType() == ConfigValueType.OBJECT
                            ? config.getObject("graph").keySet()
                            : Set.of();
            String name = path.size() > 1 ? path.get(1) : path.getFirst();
            problems.add(value.origin(), "sweep." + key, "There is nothing to sweep at " + key + "."
                    + NearestNames.hint(name, nodes));
        } else {
            lists.put(key, values);
        }
    }

    /** The key itself may be absent, since it has a default; the object that holds it may not. */
    private static boolean exists(List<String> path, Config config) {
        if (path.size() == 1) {
            return config.hasPath(ConfigUtil.joinPath(path)) || path.getFirst().equals(SEED);
        }
        String owner = ConfigUtil.joinPath(path.subList(0, path.size() - 1));
        return config.hasPath(owner) && config.getValue(owner) instanceof ConfigObject;
    }

    private List<Map<String, ConfigValue>> grid(Map<String, List<ConfigValue>> lists) {
        List<Map<String, ConfigValue>> points = List.of(Map.of());
        for (Map.Entry<String, List<ConfigValue>> list : lists.entrySet()) {
            List<Map<String, ConfigValue>> longer = new ArrayList<>();
            for (Map<String, ConfigValue> point : points) {
                for (ConfigValue value : list.getValue()) {
                    longer.add(plus(point, list.getKey(), value));
                }
            }
            points = longer;
        }
        return points;
    }

    private List<Map<String, ConfigValue>> zipped(Map<String, List<ConfigValue>> lists, ConfigObject object) {
        int length = lists.values().iterator().next().size();
        List<Map<String, ConfigValue>> points = new ArrayList<>();
        for (Map.Entry<String, List<ConfigValue>> list : lists.entrySet()) {
            if (list.getValue().size() != length) {
                problems.add(object.origin(), "sweep." + list.getKey(), "Zipped lists must be of one length, but "
                        + list.getKey() + " has " + list.getValue().size() + " values and "
                        + lists.keySet().iterator().next() + " has " + length + ".");
                return List.of();
            }
        }
        for (int i = 0; i < length; i++) {
            Map<String, ConfigValue> point = Map.of();
            for (Map.Entry<String, List<ConfigValue>> list : lists.entrySet()) {
                point = plus(point, list.getKey(), list.getValue().get(i));
            }
            points.add(point);
        }
        return points;
    }

    private List<Map<String, ConfigValue>> repeated(List<Map<String, ConfigValue>> points, Config config) {
        if (!config.hasPath("repeat")) {
            return points;
        }
        ConfigValue repeat = config.getValue("repeat");
        if (!(repeat.unwrapped() instanceof Integer count) || count < 1) {
            problems.add(repeat.origin(), "repeat", "This must be a whole number of seeds from 1 on.");
            return points;
        }
        if (!config.hasPath("sweep") && !confirmed(1, repeat.origin(), config)) {
            return points;
        }
        long first = config.hasPath(SEED) && config.getValue(SEED).unwrapped() instanceof Number seed
                ? seed.longValue()
                : 0;
        List<Map<String, ConfigValue>> all = new ArrayList<>();
        for (Map<String, ConfigValue> point : points) {
            for (int i = 0; i < count; i++) {
                all.add(plus(point, SEED, ConfigValueFactory.fromAnyRef(first + i)));
            }
        }
        return all;
    }

    private static Map<String, ConfigValue> plus(Map<String, ConfigValue> point, String key, ConfigValue value) {
        Map<String, ConfigValue> more = new LinkedHashMap<>(point);
        more.put(key, value);
        return more;
    }

    /** A point as the report shows it: keys without {@code graph.}, plain values, without the seed. */
    static Map<String, Object> shown(Map<String, ConfigValue> point) {
        Map<String, Object> shown = new LinkedHashMap<>();
        point.forEach((key, value) -> {
            if (!key.equals(SEED)) {
                shown.put(key.startsWith("graph.") ? key.substring(6) : key, value.unwrapped());
            }
        });
        return shown;
    }
}
