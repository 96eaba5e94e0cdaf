package lathe.runtime.compress;

import static java.util.Objects.requireNonNull;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import lathe.spi.model.Site;
import lathe.spi.statistics.Accumulator;
import lathe.spi.statistics.ActivationBatch;
import lathe.spi.statistics.StatisticKey;
import lathe.spi.statistics.Statistics;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** The statistics of one input while they are collected, shared by the sites that read it. */
final class InputStatistics {
    private final Map<StatisticKey, Accumulator> accumulators = new LinkedHashMap<>();
    private long tokens;
    private int sequences;
    private int last = -1;

    InputStatistics(Site first, Set<StatisticKey> keys, Scope scope) {
        keys.forEach(key -> accumulators.put(key, key.accumulator().apply(first, scope)));
    }

    void add(Tensor inputs, Optional<Tensor> weights, int sequence) {
        if (inputs.size(0) == 0) {
            return;
        }
        ActivationBatch batch = new ActivationBatch(inputs, sequence, weights);
        accumulators.values().forEach(accumulator -> accumulator.add(batch));
        tokens += inputs.size(0);
        if (sequence != last) {
            sequences++;
            last = sequence;
        }
    }

    /** What was collected, for one call of a method: results of operations live in its scope. */
    Statistics in(Scope scope) {
        requireNonNull(scope, "scope is null");
        return new Statistics() {
            @Override
            public Tensor get(StatisticKey key) {
                Accumulator accumulator = accumulators.get(key);
                if (accumulator == null) {
                    throw new IllegalArgumentException("The statistic " + key + " was not asked for: name it in "
                            + "requirements(). There are: " + accumulators.keySet() + ".");
                }
                // One accumulator serves several sites, perhaps at the same time.
                synchronized (accumulator) {
                    return accumulator.result().in(scope);
                }
            }

            @Override
            public long tokens() {
                return tokens;
            }

            @Override
            public int sequences() {
                return sequences;
            }
        };
    }
}
