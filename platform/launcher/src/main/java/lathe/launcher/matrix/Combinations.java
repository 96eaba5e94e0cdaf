package lathe.launcher.matrix;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import lathe.runtime.registry.InstalledMethod;
import lathe.runtime.registry.PluginView;
import lathe.spi.Kind;
import lathe.spi.numeric.RandomStream;

/** Which combinations are tried: each method alone, all pairs across kinds, random ones of three kinds. */
final class Combinations {
    /** The kinds that change a model one after the other. */
    static final List<Kind> CHANGES = List.of(Kind.CARVER, Kind.PRUNER, Kind.FACTORIZER, Kind.QUANTIZER);
    /** The kinds that say how a model is run. */
    static final List<Kind> WAYS = List.of(Kind.ATTENTION, Kind.KV_POLICY, Kind.ROUTER);
    /** All kinds that meet on one model, in the order of the table. */
    static final List<Kind> KINDS = Stream.concat(CHANGES.stream(), WAYS.stream()).toList();

    /** Draws until a new one is found are given up after this many for each one that is wanted. */
    private static final int MOST_DRAWS = 20;

    private final PluginView view;

    Combinations(PluginView view) {
        this.view = requireNonNull(view, "view is null");
    }

    /** Every method by itself. */
    List<Combination> alone() {
        return KINDS.stream().flatMap(kind -> view.methods(kind).stream()).map(Combination::of).toList();
    }

    /** All pairs of methods of two kinds; of those that change the model in both orders. */
    List<Combination> pairs() {
        List<Combination> pairs = new ArrayList<>();
        for (int first = 0; first < KINDS.size(); first++) {
            for (int second = first + 1; second < KINDS.size(); second++) {
                pairs.addAll(pairs(KINDS.get(first), KINDS.get(second)));
                if (CHANGES.contains(KINDS.get(second))) {
                    pairs.addAll(pairs(KINDS.get(second), KINDS.get(first)));
                }
            }
        }
        return pairs;
    }

    private List<Combination> pairs(Kind first, Kind second) {
        List<Combination> pairs = new ArrayList<>();
        for (InstalledMethod one : view.methods(first)) {
            for (InstalledMethod other : view.methods(second)) {
                pairs.add(Combination.of(one, other));
            }
        }
        return pairs;
    }

    /**
     * Random combinations of three kinds, no two alike.
     *
     * @param count  how many, fewer if there are not that many
     * @param random where they are drawn from
     */
    List<Combination> triples(int count, RandomStream random) {
        List<Kind> kinds = KINDS.stream().filter(kind -> !view.methods(kind).isEmpty()).toList();
        Set<Combination> drawn = new LinkedHashSet<>();
        long counter = 0;
        for (int draw = 0; kinds.size() >= 3 && drawn.size() < count && draw < count * MOST_DRAWS; draw++) {
            List<Kind> left = new ArrayList<>(kinds);
            while (left.size() > 3) {
                left.remove(random.below(counter++, left.size()));
            }
            List<InstalledMethod> methods = new ArrayList<>();
            for (Kind kind : left) {
                List<InstalledMethod> installed = view.methods(kind);
                methods.add(installed.get(random.below(counter++, installed.size())));
            }
            drawn.add(new Combination(methods));
        }
        return List.copyOf(drawn);
    }
}
