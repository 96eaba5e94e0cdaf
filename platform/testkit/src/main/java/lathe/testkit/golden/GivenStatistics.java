package lathe.testkit.golden;

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

/** Statistics of inputs that a case brings, collected by the keys' own accumulators; some may be given outright. */
final class GivenStatistics implements Statistics {
    private final Site site;
    private final Scope scope;
    private final Optional<Tensor> inputs;
    private final int[] lengths;
    private final Map<StatisticKey, Tensor> known = new HashMap<>();

    private GivenStatistics(Site site, Scope scope, Optional<Tensor> inputs, int[] lengths) {
        this.site = site;
        this.scope = scope;
        this.inputs = inputs;
        this.lengths = lengths;
    }

    static GivenStatistics of(Site site, GoldenCase golden, Scope scope) {
        Optional<Tensor> inputs = golden.find("x");
        int tokens = inputs.map(x -> x.size(0)).orElse(0);
        int[] lengths = golden.find("sequence_lengths").map(Tensor::toInts).orElse(new int[] {tokens});
        return new GivenStatistics(site, scope, inputs, inputs.isPresent() ? lengths : new int[0]);
    }

    GivenStatistics with(StatisticKey key, Tensor value) {
        known.put(key, value);
        return this;
    }

    @Override
    public Tensor get(StatisticKey key) {
        return known.computeIfAbsent(key, this::collect);
    }

    /** Runs a key's accumulator over the inputs, also where the statistic was given. */
    Tensor collect(StatisticKey key) {
        Tensor all = inputs.orElseThrow(() -> new IllegalArgumentException(
                "The case brings no inputs x, so that " + key + " cannot be collected."));
        Accumulator accumulator = key.accumulator().apply(site, scope);
        int at = 0;
        for (int sequence = 0; sequence < lengths.length; sequence++) {
            Tensor some = all.slice(0, at, at + lengths[sequence]);
            accumulator.add(new ActivationBatch(some.in(scope).copy(), sequence, Optional.empty()));
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
