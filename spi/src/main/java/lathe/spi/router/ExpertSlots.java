package lathe.spi.router;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import java.util.Map;

import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Experts and weights of all tokens, a number of slots a token, while a router chooses, limits and normalises them. A
 * slot without an expert has the expert {@link #NONE} and the weight 0. Slots are numbered token * slots + choice.
 */
public final class ExpertSlots {
    /** The expert of an unused slot. */
    public static final int NONE = -1;

    private final int tokens;
    private final int slots;
    private final int expertCount;
    private final int[] experts;
    private final float[] weights;

    /**
     * Empty slots.
     *
     * @param tokens      number of tokens
     * @param slots       slots of a token
     * @param expertCount number of experts
     */
    public ExpertSlots(int tokens, int slots, int expertCount) {
        this.tokens = tokens;
        this.slots = slots;
        this.expertCount = expertCount;
        this.experts = new int[Math.multiplyExact(tokens, slots)];
        this.weights = new float[experts.length];
        Arrays.fill(experts, NONE);
    }

    /**
     * The best experts of every token, by descending score, ties by the lower expert.
     *
     * @param scores  what is compared, [n, experts]
     * @param weights what becomes the weight, [n, experts]
     * @param k       experts a token; all if there are fewer
     * @return k slots a token
     */
    public static ExpertSlots best(Tensor scores, Tensor weights, int k) {
        int count = scores.size(1);
        ExpertSlots best = new ExpertSlots(scores.size(0), Math.min(k, count), count);
        int[] chosen = scores.topK(best.slots).toInts();
        float[] row = new float[count];
        for (int token = 0; token < best.tokens; token++) {
            weights.copyRow(token, row);
            for (int choice = 0; choice < best.slots; choice++) {
                int expert = chosen[token * best.slots + choice];
                best.put(token, choice, expert, row[expert]);
            }
        }
        return best;
    }

    /**
     * Experts and weights that were chosen already.
     *
     * @param routing     the choice
     * @param expertCount number of experts
     * @return as many slots a token
     */
    public static ExpertSlots of(Routing routing, int expertCount) {
        ExpertSlots copy = new ExpertSlots(routing.experts().size(0), routing.experts().size(1), expertCount);
        int[] experts = routing.experts().toInts();
        float[] weights = routing.weights().toFloats();
        for (int slot = 0; slot < experts.length; slot++) {
            if (experts[slot] != NONE) {
                copy.put(slot / copy.slots, slot % copy.slots, experts[slot], weights[slot]);
            }
        }
        return copy;
    }

    /**
     * Number of tokens.
     *
     * @return n
     */
    public int tokens() {
        return tokens;
    }

    /**
     * Slots of a token.
     *
     * @return slots
     */
    public int slots() {
        return slots;
    }

    /**
     * Number of experts.
     *
     * @return experts
     */
    public int experts() {
        return expertCount;
    }

    /**
     * Fills a slot.
     *
     * @param token  its token
     * @param choice which of the token's slots
     * @param expert the expert
     * @param weight its weight
     */
    public void put(int token, int choice, int expert, float weight) {
        if (expert < 0 || expert >= expertCount) {
            throw new IndexOutOfBoundsException("There is no expert " + expert + " among " + expertCount + ".");
        }
        experts[token * slots + choice] = expert;
        weights[token * slots + choice] = weight;
    }

    /**
     * Empties a slot.
     *
     * @param token  its token
     * @param choice which of the token's slots
     */
    public void clear(int token, int choice) {
        experts[token * slots + choice] = NONE;
        weights[token * slots + choice] = 0;
    }

    /**
     * The expert in a slot.
     *
     * @param token  its token
     * @param choice which of the token's slots
     * @return the expert or {@link #NONE}
     */
    public int expert(int token, int choice) {
        return experts[token * slots + choice];
    }

    /**
     * The weight in a slot.
     *
     * @param token  its token
     * @param choice which of the token's slots
     * @return the weight
     */
    public float weight(int token, int choice) {
        return weights[token * slots + choice];
    }

    /**
     * All weights.
     *
     * @return a copy, one a slot
     */
    public float[] weights() {
        return weights.clone();
    }

    /**
     * Experts of one choice of all tokens, such as the first.
     *
     * @param choice which slot of every token
     * @return n experts or {@link #NONE}
     */
    public int[] column(int choice) {
        int[] column = new int[tokens];
        for (int token = 0; token < tokens; token++) {
            column[token] = expert(token, choice);
        }
        return column;
    }

    /**
     * Tokens of every expert, over all slots.
     *
     * @return one count an expert
     */
    public int[] load() {
        return load(experts);
    }

    /**
     * Tokens of every expert, in one choice.
     *
     * @param choice which slot of every token
     * @return one count an expert
     */
    public int[] load(int choice) {
        return load(column(choice));
    }

    private int[] load(int[] some) {
        int[] load = new int[expertCount];
        for (int expert : some) {
            if (expert != NONE) {
                load[expert]++;
            }
        }
        return load;
    }

    /**
     * Divides the weights of every token by their sum, if that is above 0.
     *
     * @param floor the sum counts at least as much
     */
    public void normalise(float floor) {
        for (int token = 0; token < tokens; token++) {
            float sum = 0;
            for (int slot = token * slots; slot < (token + 1) * slots; slot++) {
                sum += weights[slot];
            }
            sum = Math.max(sum, floor);
            for (int slot = token * slots; sum > 0 && slot < (token + 1) * slots; slot++) {
                weights[slot] /= sum;
            }
        }
    }

    /** Turns weights that are logits into their softmax over each token's used slots. */
    public void softmax() {
        for (int token = 0; token < tokens; token++) {
            float largest = Float.NEGATIVE_INFINITY;
            for (int slot = token * slots; slot < (token + 1) * slots; slot++) {
                largest = experts[slot] == NONE ? largest : Math.max(largest, weights[slot]);
            }
            for (int slot = token * slots; slot < (token + 1) * slots; slot++) {
                weights[slot] = experts[slot] == NONE ? 0 : (float) Math.exp(weights[slot] - largest);
            }
        }
        normalise(0);
    }

    /**
     * Multiplies all weights.
     *
     * @param factor by what
     */
    public void scale(double factor) {
        for (int slot = 0; slot < weights.length; slot++) {
            weights[slot] *= (float) factor;
        }
    }

    /**
     * Gives every expert a number of places and empties the slots that ask when all are taken.
     *
     * @param capacities places of an expert in each sequence
     * @param lengths    tokens of each sequence that has places of its own, adding up to n; {@code {n}} counts all
     *                   together
     * @param order      in which the slots ask; slots that are not in it keep their expert and take no place
     * @return the place of every slot, {@link #NONE} where there is none
     */
    public int[] limit(int[] capacities, int[] lengths, int[] order) {
        int[] sequence = sequences(lengths);
        int[][] taken = new int[lengths.length][expertCount];
        int[] places = new int[experts.length];
        Arrays.fill(places, NONE);
        for (int slot : order) {
            int expert = experts[slot];
            if (expert == NONE) {
                continue;
            }
            int own = sequence[slot / slots];
            int[] counts = taken[own];
            if (counts[expert] < capacities[own]) {
                places[slot] = counts[expert]++;
            } else {
                clear(slot / slots, slot % slots);
            }
        }
        return places;
    }

    private int[] sequences(int[] lengths) {
        int together = Arrays.stream(lengths).sum();
        if (together != tokens) {
            throw new IllegalArgumentException("The sequences " + Arrays.toString(lengths) + " have " + together
                    + " tokens together, but " + tokens + " are routed.");
        }
        int[] sequence = new int[tokens];
        int from = 0;
        for (int i = 0; i < lengths.length; i++) {
            Arrays.fill(sequence, from, from + lengths[i], i);
            from += lengths[i];
        }
        return sequence;
    }

    /**
     * Slots with an expert.
     *
     * @return how many
     */
    public int used() {
        return (int) Arrays.stream(experts).filter(expert -> expert != NONE).count();
    }

    /**
     * Empties all slots of padding tokens.
     *
     * @param padding which tokens are padding
     */
    public void clear(boolean[] padding) {
        for (int token = 0; token < tokens; token++) {
            for (int choice = 0; padding[token] && choice < slots; choice++) {
                clear(token, choice);
            }
        }
    }

    /**
     * Weights by expert, 0 where a token does not go to the expert.
     *
     * @param scope where the matrix lives
     * @return [n, experts]
     */
    public Tensor combine(Scope scope) {
        float[] matrix = new float[tokens * expertCount];
        for (int slot = 0; slot < experts.length; slot++) {
            if (experts[slot] != NONE) {
                matrix[slot / slots * expertCount + experts[slot]] += weights[slot];
            }
        }
        return scope.of(matrix, tokens, expertCount);
    }

    /**
     * What a router returns.
     *
     * @param scope  where the tensors live
     * @param values losses and counts by name
     * @return the routing
     */
    public Routing routing(Scope scope, Map<String, Double> values) {
        requireNonNull(scope, "scope is null");
        return new Routing(scope.of(experts, tokens, slots), scope.of(weights, tokens, slots), values);
    }
}
