package lathe.testkit.scene;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

import lathe.spi.model.Site;
import lathe.spi.statistics.Accumulator;
import lathe.spi.statistics.ActivationBatch;
import lathe.spi.statistics.StatisticKey;
import lathe.spi.statistics.Statistics;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;
import lathe.spi.weight.TokenWeighting;

/** Statistics of given inputs, collected by the keys' own accumulators; some may be given outright. */
public final class GivenStatistics implements Statistics {
    private final Site site;
    private final Scope scope;
    private final Optional<Tensor> inputs;
    private final int[] lengths;
    private Optional<Tensor> importance = Optional.empty();
    private final Map<StatisticKey, Tensor> known = new HashMap<>();

    private GivenStatistics(Site site, Scope scope, Optional<Tensor> inputs, int[] lengths) {
        this.site = requireNonNull(site, "site is null");
        this.scope = requireNonNull(scope, "scope is null");
        this.inputs = inputs;
        this.lengths = lengths;
    }

    /**
     * No inputs: only what is given with {@link #with}.
     *
     * @param site  the weight's place
     * @param scope where statistics live
     * @return empty statistics of one sequence
     */
    public static GivenStatistics none(Site site, Scope scope) {
        return new GivenStatistics(site, scope, Optional.empty(), new int[0]);
    }

    /**
     * Statistics of some inputs.
     *
     * @param site    the weight's place
     * @param inputs  [tokens, in], the sequences one after the other
     * @param lengths tokens of each sequence
     * @param scope   where statistics live
     * @return the statistics
     */
    public static GivenStatistics of(Site site, Tensor inputs, int[] lengths, Scope scope) {
        return new GivenStatistics(site, scope, Optional.of(inputs), lengths.clone());
    }

    /**
     * Gives a statistic outright.
     *
     * @param key   which
     * @param value its value
     * @return this
     */
    public GivenStatistics with(StatisticKey key, Tensor value) {
        known.put(key, value);
        return this;
    }

    /**
     * Lets some tokens count more, as the platform does for methods that weigh tokens.
     *
     * @param weights [tokens], not yet scaled
     * @return this
     */
    public GivenStatistics weighted(Tensor weights) {
        importance = Optional.of(weights);
        return this;
    }

    @Override
    public Tensor get(StatisticKey key) {
        return known.computeIfAbsent(key, this::collect);
    }

    /**
     * Runs a key's accumulator over the inputs, also where the statistic was given.
     *
     * @param key which
     * @return the statistic
     */
    public Tensor collect(StatisticKey key) {
        Tensor all = inputs.orElseThrow(() -> new IllegalArgumentException(
                "There are no inputs, so that " + key + " cannot be collected."));
        Accumulator accumulator = key.accumulator().apply(site, scope);
        int at = 0;
        for (int sequence = 0; sequence < lengths.length; sequence++) {
            Tensor some = all.slice(0, at, at + lengths[sequence]);
            int from = at;
            int to = at + lengths[sequence];
            Optional<Tensor> weights = importance.map(
                    each -> TokenWeighting.normalised(each.slice(0, from, to).in(scope).copy()));
            accumulator.add(new ActivationBatch(some.in(scope).copy(), sequence, weights));
            at += lengths[sequence];
        }
        return accumulator.result();
    }

    @Override
    public long tokens() {
        return inputs.map(x -> x.size(0)).orElse(1);
    }

    @Override
    public int sequences() {
        return Math.max(1, lengths.length);
    }
}
