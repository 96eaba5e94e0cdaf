package lathe.models.evaluation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.function.IntUnaryOperator;

import lathe.spi.Default;
import lathe.spi.LatheException;
import lathe.spi.Range;
import lathe.spi.numeric.RandomStream;
import lathe.spi.tensor.Tensor;

/**
 * Multi-query associative recall (Zoology, arXiv:2312.04927): pairs of a key and a value, then the keys again at random
 * places; where a key stands again, the model must put out its value. Examples are token ids, made for a model of any
 * vocabulary that is large enough.
 */
public final class AssociativeRecall {
    /** The label of a position that is not judged. */
    public static final int IGNORED = -100;

    /**
     * What an example looks like.
     *
     * @param vocabulary      V, more than length; keys are 1 .. V/2 - 1, values V/2 .. V - 1
     * @param length          L, tokens of an example, even
     * @param pairs           D, at most length / 4
     * @param powerA          a: query slot s is drawn in proportion to (s + 1)^(a - 1), so that 1 is uniform
     * @param randomNonQueries whether all that is neither pair nor query is random instead of 0
     */
    public record Settings(
            @Default("4096") @Range("[4, inf)") int vocabulary,
            @Default("64") @Range("[4, inf)") int length,
            @Default("8") @Range("[1, inf)") int pairs,
            @Default("0.01") @Range("(0, inf)") double powerA,
            @Default("true") boolean randomNonQueries) {
        /** Checks that the numbers go together. */
        public Settings {
            if (vocabulary <= length) {
                throw new LatheException("Associative recall needs a vocabulary of more than the " + length
                        + " tokens of an example, not " + vocabulary + ".");
            }
            if (length % 2 != 0 || 4 * pairs > length) {
                throw new LatheException("Associative recall of " + pairs + " pairs needs an even length of at least "
                        + 4 * pairs + " tokens, not " + length + ".");
            }
            if (pairs > vocabulary / 2 - 1) {
                throw new LatheException("A vocabulary of " + vocabulary + " has " + (vocabulary / 2 - 1)
                        + " keys, fewer than " + pairs + " pairs.");
            }
        }
    }

    /**
     * One example.
     *
     * @param input  L tokens
     * @param labels L labels: at a query position the value that the model must put out there, else {@link #IGNORED}
     */
    public record Example(int[] input, int[] labels) {
        /** Positions that are judged, in order. */
        int[] queries() {
            List<Integer> found = new ArrayList<>();
            for (int i = 0; i < labels.length; i++) {
                if (labels[i] != IGNORED) {
                    found.add(i);
                }
            }
            return found.stream().mapToInt(Integer::intValue).toArray();
        }
    }

    private AssociativeRecall() {}

    /**
     * How likely each query slot is.
     *
     * @param settings what an example looks like
     * @return [(L - 2 D) / 2], adding up to 1
     */
    public static double[] slotProbabilities(Settings settings) {
        double[] law = new double[(settings.length() - 2 * settings.pairs()) / 2];
        for (int slot = 0; slot < law.length; slot++) {
            law[slot] = Math.pow(slot + 1, settings.powerA() - 1);
        }
        double sum = Arrays.stream(law).sum();
        return Arrays.stream(law).map(weight -> weight / sum).toArray();
    }

    /**
     * Makes examples. Example i is the same however many are made.
     *
     * @param settings what they look like
     * @param count    how many
     * @param random   where numbers come from
     * @return the examples
     */
    public static List<Example> examples(Settings settings, int count, RandomStream random) {
        List<Example> examples = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long[] counter = {(long) i << 32};
            examples.add(example(settings, bound -> random.below(counter[0]++, bound),
                    () -> random.uniform(counter[0]++)));
        }
        return examples;
    }

    private static Example example(Settings settings, IntUnaryOperator below, DoubleSupplier uniform) {
        int half = settings.vocabulary() / 2;
        int[] keys = distinct(1, half - 1, settings.pairs(), below);
        int[] values = distinct(half, settings.vocabulary() - half, settings.pairs(), below);
        int[] slots = slots(slotProbabilities(settings), settings.pairs(), uniform);
        int[] input = new int[settings.length()];
        int[] labels = new int[settings.length()];
        Arrays.fill(labels, IGNORED);
        int context = 2 * settings.pairs();
        for (int i = 0; i < settings.pairs(); i++) {
            input[2 * i] = keys[i];
            input[2 * i + 1] = values[i];
            input[context + 2 * slots[i]] = keys[i];
            labels[context + 2 * slots[i]] = values[i];
        }
        for (int i = 0; i < input.length && settings.randomNonQueries(); i++) {
            // Keys and values are never 0.
            input[i] = input[i] == 0 ? below.applyAsInt(settings.vocabulary()) : input[i];
        }
        return new Example(input, labels);
    }

    /** Different numbers of a range, each set as likely as any other. */
    private static int[] distinct(int first, int count, int wanted, IntUnaryOperator below) {
        int[] all = new int[count];
        Arrays.setAll(all, i -> first + i);
        for (int i = 0; i < wanted; i++) {
            int other = i + below.applyAsInt(count - i);
            int chosen = all[other];
            all[other] = all[i];
            all[i] = chosen;
        }
        return Arrays.copyOf(all, wanted);
    }

    /** Different slots, one after the other, each by the law over those that are left. */
    private static int[] slots(double[] law, int wanted, DoubleSupplier uniform) {
        double[] left = law.clone();
        int[] slots = new int[wanted];
        for (int i = 0; i < wanted; i++) {
            double point = uniform.getAsDouble() * Arrays.stream(left).sum();
            int slot = -1;
            for (int s = 0; s < left.length && (slot < 0 || point >= 0); s++) {
                if (left[s] > 0) {
                    slot = s;
                    point -= left[s];
                }
            }
            slots[i] = slot;
            left[slot] = 0;
        }
        return slots;
    }

    /**
     * The share of judged positions that were answered right.
     *
     * @param predictions the best token at every position
     * @param labels      as in {@link Example}
     * @return from 0 to 1
     */
    public static double accuracy(int[] predictions, int[] labels) {
        int judged = 0;
        int right = 0;
        for (int i = 0; i < labels.length; i++) {
            if (labels[i] != IGNORED) {
                judged++;
                right += predictions[i] == labels[i] ? 1 : 0;
            }
        }
        return (double) right / judged;
    }

    /**
     * Sum of the cross entropies of judged positions.
     *
     * @param logits [L, vocabulary]; row i judges label i
     * @param labels as in {@link Example}
     * @return nats; to be divided by the number of judged positions of all examples
     */
    public static double loss(Tensor logits, int[] labels) {
        float[] normalisers = logits.logSumExp().toFloats();
        double sum = 0;
        for (int i = 0; i < labels.length; i++) {
            sum += labels[i] == IGNORED ? 0 : normalisers[i] - logits.get(i, labels[i]);
        }
        return sum;
    }
}
