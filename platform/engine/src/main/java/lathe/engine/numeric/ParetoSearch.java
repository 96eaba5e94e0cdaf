package lathe.engine.numeric;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

import lathe.spi.numeric.RandomStream;
import lathe.spi.numeric.Solvers.ParetoPoint;

/** NSGA-II (Deb, Pratap, Agarwal and Meyarivan, IEEE Transactions on Evolutionary Computation 6, 2002). */
final class ParetoSearch {
    private final int[] bounds;
    private final Function<int[], double[]> costs;
    private final RandomStream random;
    private final Map<List<Integer>, ParetoPoint> evaluated = new LinkedHashMap<>();
    private long counter;

    private ParetoSearch(int[] bounds, Function<int[], double[]> costs, RandomStream random) {
        this.bounds = bounds.clone();
        this.costs = costs;
        this.random = random;
    }

    /** A point with what decides between it and others: its front, and how lonely it is there. */
    private static final class Candidate {
        final ParetoPoint point;
        int front;
        double crowding;

        Candidate(ParetoPoint point) {
            this.point = point;
        }

        boolean beats(Candidate other) {
            return front < other.front || front == other.front && crowding > other.crowding;
        }
    }

    static List<ParetoPoint> solve(int[] bounds, Function<int[], double[]> costs, int population, int generations,
            RandomStream random) {
        if (population < 4 || population % 2 != 0 || generations < 0 || bounds.length == 0
                || Arrays.stream(bounds).anyMatch(bound -> bound < 1)) {
            throw new IllegalArgumentException("paretoFront: a population of " + population + " for " + generations
                    + " generations over genes of " + Arrays.toString(bounds) + " values.");
        }
        ParetoSearch search = new ParetoSearch(bounds, costs, random);
        List<Candidate> parents = new ArrayList<>();
        for (int i = 0; i < population; i++) {
            parents.add(search.evaluate(search.anything()));
        }
        rank(parents);
        for (int generation = 0; generation < generations; generation++) {
            List<Candidate> all = new ArrayList<>(parents);
            for (int i = 0; i < population; i++) {
                all.add(search.evaluate(search.child(search.parent(parents), search.parent(parents))));
            }
            rank(all);
            all.sort(Comparator.<Candidate>comparingInt(c -> c.front).thenComparing(c -> -c.crowding));
            parents = new ArrayList<>(all.subList(0, population));
        }
        return search.front();
    }

    private int draw(int bound) {
        return random.below(counter++, bound);
    }

    private int[] anything() {
        int[] genes = new int[bounds.length];
        for (int i = 0; i < genes.length; i++) {
            genes[i] = draw(bounds[i]);
        }
        return genes;
    }

    private Candidate parent(List<Candidate> parents) {
        Candidate first = parents.get(draw(parents.size()));
        Candidate second = parents.get(draw(parents.size()));
        return second.beats(first) ? second : first;
    }

    private int[] child(Candidate mother, Candidate father) {
        int[] genes = new int[bounds.length];
        for (int i = 0; i < genes.length; i++) {
            genes[i] = draw(2) == 0 ? mother.point.genes()[i] : father.point.genes()[i];
            if (bounds[i] > 1 && draw(genes.length) == 0) {
                genes[i] = draw(2) == 0 ? draw(bounds[i]) : neighbour(genes[i], bounds[i]);
            }
        }
        return genes;
    }

    private int neighbour(int gene, int bound) {
        int moved = draw(2) == 0 ? gene - 1 : gene + 1;
        return moved < 0 ? 1 : moved == bound ? bound - 2 : moved;
    }

    private Candidate evaluate(int[] genes) {
        List<Integer> key = Arrays.stream(genes).boxed().toList();
        ParetoPoint point = evaluated.get(key);
        if (point == null) {
            double[] objectives = costs.apply(genes.clone()).clone();
            for (double objective : objectives) {
                if (Double.isNaN(objective)) {
                    throw new IllegalArgumentException("paretoFront: a cost of " + key + " is NaN.");
                }
            }
            point = new ParetoPoint(genes, objectives);
            evaluated.put(key, point);
        }
        return new Candidate(point);
    }

    private static boolean dominates(double[] a, double[] b) {
        boolean better = false;
        for (int i = 0; i < a.length; i++) {
            if (a[i] > b[i]) {
                return false;
            }
            better |= a[i] < b[i];
        }
        return better;
    }

    /** Fast non-dominated sorting, then the crowding distance in each front. */
    private static void rank(List<Candidate> all) {
        int n = all.size();
        int[] above = new int[n];
        List<List<Integer>> below = new ArrayList<>();
        List<Integer> front = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            below.add(new ArrayList<>());
            for (int j = 0; j < n; j++) {
                double[] mine = all.get(i).point.objectives();
                double[] other = all.get(j).point.objectives();
                if (dominates(mine, other)) {
                    below.get(i).add(j);
                } else if (dominates(other, mine)) {
                    above[i]++;
                }
            }
            if (above[i] == 0) {
                front.add(i);
            }
        }
        for (int number = 0; !front.isEmpty(); number++) {
            List<Integer> next = new ArrayList<>();
            List<Candidate> members = new ArrayList<>();
            for (int i : front) {
                all.get(i).front = number;
                members.add(all.get(i));
                for (int j : below.get(i)) {
                    if (--above[j] == 0) {
                        next.add(j);
                    }
                }
            }
            crowd(members);
            front = next;
        }
    }

    private static void crowd(List<Candidate> front) {
        front.forEach(member -> member.crowding = 0);
        for (int objective = 0; objective < front.getFirst().point.objectives().length; objective++) {
            int index = objective;
            List<Candidate> sorted = new ArrayList<>(front);
            sorted.sort(Comparator.comparingDouble(member -> member.point.objectives()[index]));
            double low = sorted.getFirst().point.objectives()[index];
            double high = sorted.getLast().point.objectives()[index];
            sorted.getFirst().crowding = Double.POSITIVE_INFINITY;
            sorted.getLast().crowding = Double.POSITIVE_INFINITY;
            for (int i = 1; i + 1 < sorted.size() && high > low; i++) {
                sorted.get(i).crowding += (sorted.get(i + 1).point.objectives()[index]
                        - sorted.get(i - 1).point.objectives()[index]) / (high - low);
            }
        }
    }

    private List<ParetoPoint> front() {
        List<ParetoPoint> points = new ArrayList<>(evaluated.values());
        List<ParetoPoint> best = new ArrayList<>();
        for (ParetoPoint point : points) {
            if (points.stream().noneMatch(other -> dominates(other.objectives(), point.objectives()))) {
                best.add(point);
            }
        }
        best.sort(Comparator.comparing(ParetoPoint::objectives, Arrays::compare)
                .thenComparing(ParetoPoint::genes, Arrays::compare));
        return List.copyOf(best);
    }
}
