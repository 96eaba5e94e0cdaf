package lathe.runtime.recipe;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import lathe.runtime.config.KeySpelling;
import lathe.runtime.config.Problem;
import lathe.runtime.registry.BuiltInMethods;
import lathe.runtime.registry.InstalledMethod;
import lathe.runtime.registry.NearestNames;
import lathe.runtime.registry.PluginView;
import lathe.runtime.run.PlannedNode;
import lathe.spi.Kind;

/**
 * Checks the claims of a recipe against its plan before anything runs: whether the nodes exist, whether somebody computes the
 * metrics for them, whether what singles a result out exists.
 */
final class RecipeChecker {
    /** What the platform's benchmark measures. */
    private static final List<String> BENCHMARK = List.of(
            "bytes", "cache-bytes", "prefill-speed", "decode-speed", "time-to-first-token");
    /** What metrics of the platform measure that are not named after it. */
    private static final Map<String, List<String>> OTHERS = Map.of(
            "word-perplexity", List.of("word-perplexity", "byte-perplexity", "bits-per-byte"),
            "multiple-choice", List.of("acc", "acc_norm"));
    /** Verbs whose nodes measure nothing. */
    private static final Set<String> SILENT = Set.of("data", "load", "prune", "quantize", "factorize", "convert",
            "tune", "merge", "serve", "export");

    private final List<PlannedNode> plan;
    private final PluginView view;
    private final List<Problem> problems = new ArrayList<>();

    /**
     * @param plan of the recipe's graph
     * @param view knows which metrics are the platform's own
     */
    RecipeChecker(List<PlannedNode> plan, PluginView view) {
        this.plan = List.copyOf(plan);
        this.view = requireNonNull(view, "view is null");
    }

    /** Everything that is wrong with the claims. */
    List<Problem> check(Recipe recipe) {
        Stream.concat(recipe.baseline().stream(), recipe.claims().stream())
                .forEach(claim -> claim.condition().ifPresent(
                        condition -> condition.readings().forEach(reading -> check(claim, reading))));
        return List.copyOf(new LinkedHashSet<>(problems));
    }

    private void check(Claim claim, Reading reading) {
        Set<String> names = names();
        if (!names.contains(reading.subject())) {
            complain(claim, reading, "There is no node '" + reading.subject() + "'." + hint(reading.subject(), names));
            return;
        }
        if (reading.node().isPresent() && !names.contains(reading.node().get())) {
            complain(claim, reading, "There is no node '" + reading.node().get() + "'."
                    + hint(reading.node().get(), names));
            return;
        }
        List<PlannedNode> judges = plan.stream().filter(node -> judges(node, reading)).toList();
        List<PlannedNode> sure = judges.stream().filter(node -> metrics(List.of(node)).stream()
                .anyMatch(known -> KeySpelling.same(known, reading.metric()))).toList();
        List<PlannedNode> measuring = sure.isEmpty() ? judges.stream().filter(this::isForeign).toList() : sure;
        if (judges.isEmpty()) {
            complain(claim, reading, "Nobody measures '" + reading.subject() + "'"
                    + reading.node().map(node -> " in " + node).orElse("")
                    + ": name it in the list of an evaluate or benchmark node.");
        } else if (measuring.isEmpty()) {
            Set<String> metrics = metrics(judges);
            complain(claim, reading, "Nobody computes the metric '" + reading.metric() + "' of '" + reading.subject()
                    + "'." + hint(reading.metric(), metrics));
        } else {
            single(claim, reading, measuring);
        }
    }

    private void single(Claim claim, Reading reading, List<PlannedNode> measuring) {
        Set<String> where = new LinkedHashSet<>(measuring.stream().map(RecipeChecker::name).toList());
        if (where.size() > 1 && reading.protocol().isEmpty()) {
            complain(claim, reading, "Several nodes measure this (" + String.join(", ", where)
                    + "): say which, as in " + reading.metric() + "(" + reading.subject() + ", in = "
                    + where.iterator().next() + ").");
        }
        for (Map.Entry<String, String> key : reading.point().entrySet()) {
            Set<String> keys = new LinkedHashSet<>();
            measuring.forEach(node -> keys.addAll(node.point().keySet()));
            if (keys.stream().noneMatch(known -> Reading.isKey(known, key.getKey()))) {
                complain(claim, reading, "'" + key.getKey() + "' is no key of the sweep."
                        + (keys.isEmpty() ? " Only in, protocol and sweep keys may stand here."
                                : hint(key.getKey(), keys)));
            } else if (measuring.stream().noneMatch(node -> Reading.isAt(node.point(), key.getKey(), key.getValue()))) {
                complain(claim, reading, "The sweep has no point with " + key.getKey() + " = " + key.getValue() + ".");
            }
        }
    }

    private void complain(Claim claim, Reading reading, String sentence) {
        problems.add(new Problem(claim.place(), reading.toString(), sentence));
    }

    private Set<String> names() {
        Set<String> names = new LinkedHashSet<>();
        plan.forEach(node -> names.add(name(node)));
        return names;
    }

    /** A node that judges several models is planned once for each, which then stands behind its name. */
    private static String name(PlannedNode node) {
        int colon = node.name().indexOf(": ");
        return colon < 0 ? node.name() : node.name().substring(0, colon);
    }

    private static String subject(PlannedNode node) {
        int colon = node.name().indexOf(": ");
        return colon < 0 ? node.name() : node.name().substring(colon + 2);
    }

    private static boolean judges(PlannedNode node, Reading reading) {
        return !SILENT.contains(node.verb()) && subject(node).equals(reading.subject())
                && reading.node().map(name(node)::equals).orElse(true);
    }

    /** Whether it may measure what its metrics' names do not tell. */
    private boolean isForeign(PlannedNode node) {
        return switch (node.verb()) {
            case "benchmark" -> false;
            case "evaluate" -> methods(node).stream().anyMatch(id -> view.find(id, Kind.METRIC)
                    .map(InstalledMethod::source).filter(source -> source.bundle().equals(BuiltInMethods.SOURCE))
                    .isEmpty());
            default -> true;
        };
    }

    private static Set<String> metrics(List<PlannedNode> nodes) {
        Set<String> metrics = new LinkedHashSet<>();
        for (PlannedNode node : nodes) {
            List<String> own = node.verb().equals("benchmark") ? BENCHMARK : methods(node);
            own.forEach(metric -> metrics.addAll(OTHERS.getOrDefault(metric, List.of(metric))));
        }
        return metrics;
    }

    private static List<String> methods(PlannedNode node) {
        return Arrays.stream(node.method().split(",")).map(String::strip).filter(id -> !id.isEmpty()).toList();
    }

    private static String hint(String name, Set<String> known) {
        String hint = NearestNames.hint(name, known);
        return hint.isEmpty() ? " There are: " + String.join(", ", known) + "." : hint;
    }
}
