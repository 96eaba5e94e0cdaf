package lathe.fastgen;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import lathe.fastgen.HeadPolicy.TokenSort;
import lathe.spi.kv.TokenRows;
import lathe.spi.model.LayerInfo;
import lathe.spi.tensor.DataType;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Selection;
import lathe.spi.tensor.Tensor;

/** Tokens of one head, in the order of their positions, and the rule by which new ones come in (step 5). */
final class HeadCache {
    private final FastGenConfig config;
    private final TokenRows keys;
    private final TokenRows values;
    private final List<Integer> positions = new ArrayList<>();
    private final List<TokenSort> sorts = new ArrayList<>();
    private final List<Boolean> first = new ArrayList<>();
    private final AttentionHistory history;
    private HeadPolicy policy = HeadPolicy.of("full");
    private int length;
    private boolean takesNext = true;
    private double[] means = new double[0];

    HeadCache(FastGenConfig config, LayerInfo layer, DataType type, Scope scope) {
        this.config = config;
        this.keys = new TokenRows(scope, type, layer.headDim());
        this.values = new TokenRows(scope, type, layer.valueDim());
        this.history = new AttentionHistory(config.historyWindow(), config.parity());
    }

    /**
     * Begins to follow a policy: what it does not keep of the prompt goes.
     *
     * @param chosen the policy
     * @param row    which slots stay
     * @param scores mean attention of what stays
     * @param most   length that fractions are taken of
     */
    void follow(HeadPolicy chosen, boolean[] row, float[] scores, int most) {
        int[] kept = Selection.indices(row);
        policy = chosen;
        length = most;
        keys.keep(kept);
        values.keep(kept);
        List<Integer> oldPositions = List.copyOf(positions);
        List<TokenSort> oldSorts = List.copyOf(sorts);
        positions.clear();
        sorts.clear();
        for (int slot : kept) {
            positions.add(oldPositions.get(slot));
            sorts.add(oldSorts.get(slot));
        }
        protectFirst(kept, row);
        if (chosen.frequent()) {
            history.add(scores);
        }
    }

    /** The first tokens of the text, or those that come into the first slots. */
    private void protectFirst(int[] kept, boolean[] row) {
        first.clear();
        Set<Integer> slots = IntStream.of(ReleasedOrder.chosenFirst(row)).limit(config.globalTokens()).boxed()
                .collect(Collectors.toSet());
        for (int slot : kept) {
            first.add(config.parity() ? slots.contains(slot) : positions.get(first.size()) < config.globalTokens());
        }
    }

    HeadPolicy policy() {
        return policy;
    }

    /** Decides whether a token will be stored, and lets the least useful one go where there is no other room. */
    void prepare(int position, TokenSort sort) {
        takesNext = true;
        if (policy.full() || policy.keeps(sort) || positions.size() < budget()) {
            return;
        }
        if (!policy.evicts()) {
            takesNext = false;
            return;
        }
        IntStream.range(0, positions.size())
                .filter(slot -> !isProtected(slot, position))
                .boxed()
                .min((first, second) -> Double.compare(rank(first), rank(second)))
                .ifPresent(this::remove);
    }

    private double rank(int slot) {
        return policy.frequent() ? means[slot] : positions.get(slot);
    }

    /** Room for all tokens that are kept for what they are, and for the shares of the length. */
    private int budget() {
        int budget = config.globalTokens();
        budget += policy.special() ? (int) sorts.stream().filter(TokenSort::special).count() : 0;
        budget += policy.punctuation() ? (int) sorts.stream().filter(TokenSort::punctuation).count() : 0;
        budget += policy.local() ? (int) Math.rint(config.local() * length) : 0;
        budget += policy.frequent() ? (int) Math.rint(config.frequent() * length) : 0;
        means = policy.frequent() ? history.means(positions.size()) : means;
        return budget;
    }

    private boolean isProtected(int slot, int position) {
        return first.get(slot)
                || policy.keeps(sorts.get(slot))
                || policy.local() && positions.get(slot) > position - (int) Math.rint(config.local() * length);
    }

    private void remove(int slot) {
        int[] kept = IntStream.range(0, positions.size()).filter(other -> other != slot).toArray();
        keys.keep(kept);
        values.keep(kept);
        positions.remove(slot);
        sorts.remove(slot);
        first.remove(slot);
        history.remove(slot);
    }

    /** Stores tokens of the prompt. */
    void add(Tensor newKeys, Tensor newValues, int[] newPositions, List<TokenSort> newSorts) {
        keys.append(newKeys);
        values.append(newValues);
        for (int i = 0; i < newPositions.length; i++) {
            positions.add(newPositions[i]);
            sorts.add(newSorts.get(i));
            first.add(config.parity() && first.size() < config.globalTokens());
        }
    }

    /** Whether the token that {@link #prepare} was told of is stored. */
    boolean takesNext() {
        return takesNext;
    }

    /** Takes the attention of a query over the stored tokens. */
    void record(float[] attention) {
        if (policy.frequent()) {
            history.add(attention);
        }
    }

    int tokens() {
        return positions.size();
    }

    int[] positions() {
        return positions.stream().mapToInt(Integer::intValue).toArray();
    }

    Tensor keys() {
        return keys.view();
    }

    Tensor values() {
        return values.view();
    }

    /** Numbers, a position and two marks a token, and the history. */
    long bytes() {
        return keys.bytes() + values.bytes() + (long) positions.size() * (Integer.BYTES + 1) + history.bytes();
    }

    void close() {
        keys.close();
        values.close();
    }
}
