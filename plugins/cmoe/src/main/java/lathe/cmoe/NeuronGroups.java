package lathe.cmoe;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Groups of neurons by their marks (steps 4 to 7).
 *
 * @param shared          neurons of the shared expert, ascending
 * @param routed          neurons of each routed expert, ascending
 * @param centres         neuron whose marks were each expert's first centre
 * @param representatives neuron that stands for each expert
 * @param cost            differences of marks between neurons and the centres that they were put to
 */
record NeuronGroups(int[] shared, List<int[]> routed, int[] centres, int[] representatives, double cost) {
    static NeuronGroups of(NeuronMarks marks, CmoeConfig config) {
        int width = marks.neurons() / config.experts();
        int[] all = IntStream.range(0, marks.neurons()).toArray();
        int[] shared = mostMarked(marks, all, marks.neurons() - config.routed() * width);
        Arrays.sort(shared);
        int[] others = IntStream.range(0, marks.neurons())
                .filter(neuron -> Arrays.binarySearch(shared, neuron) < 0).toArray();
        int[] centres = mostMarked(marks, others, config.routed());
        double[][] cost = new double[others.length][centres.length];
        for (int i = 0; i < others.length; i++) {
            for (int j = 0; j < centres.length; j++) {
                cost[i][j] = marks.difference(others[i], centres[j]);
            }
        }
        List<List<Integer>> groups = List.of();
        double total = 0;
        for (int iteration = 1; iteration <= config.iterations(); iteration++) {
            int[] bins = BalancedAssignment.solve(cost, width);
            groups = grouped(others, bins, centres.length);
            total = total(cost, bins);
            if (iteration < config.iterations()) {
                moveCentres(cost, others, groups, marks);
            }
        }
        int[] representatives = groups.stream().mapToInt(group -> nearest(marks, group)).toArray();
        List<int[]> routed = groups.stream()
                .map(group -> group.stream().mapToInt(Integer::intValue).toArray()).toList();
        return new NeuronGroups(shared, routed, centres, representatives, total);
    }

    /** The most marked first, the lower of equally marked ones. */
    private static int[] mostMarked(NeuronMarks marks, int[] neurons, int count) {
        return Arrays.stream(neurons).boxed()
                .sorted((first, second) -> marks.count(first) == marks.count(second)
                        ? first - second
                        : marks.count(second) - marks.count(first))
                .limit(count).mapToInt(Integer::intValue).toArray();
    }

    private static List<List<Integer>> grouped(int[] neurons, int[] bins, int count) {
        List<List<Integer>> groups = new ArrayList<>();
        for (int bin = 0; bin < count; bin++) {
            groups.add(new ArrayList<>());
        }
        for (int i = 0; i < neurons.length; i++) {
            groups.get(bins[i]).add(neurons[i]);
        }
        return groups;
    }

    private static double total(double[][] cost, int[] bins) {
        double sum = 0;
        for (int i = 0; i < bins.length; i++) {
            sum += cost[i][bins[i]];
        }
        return sum;
    }

    private static void moveCentres(double[][] cost, int[] neurons, List<List<Integer>> groups, NeuronMarks marks) {
        for (int j = 0; j < groups.size(); j++) {
            double[] centre = marks.mean(groups.get(j));
            for (int i = 0; i < neurons.length; i++) {
                cost[i][j] = marks.distance(neurons[i], centre);
            }
        }
    }

    /** The member nearest to the mean of a group, the first of equally near ones. */
    private static int nearest(NeuronMarks marks, List<Integer> group) {
        double[] mean = marks.mean(group);
        int best = group.getFirst();
        double least = Double.POSITIVE_INFINITY;
        for (int member : group) {
            double distance = marks.distance(member, mean);
            if (distance < least) {
                least = distance;
                best = member;
            }
        }
        return best;
    }
}
