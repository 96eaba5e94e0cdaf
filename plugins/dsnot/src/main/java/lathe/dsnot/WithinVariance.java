package lathe.dsnot;

import lathe.spi.model.Site;
import lathe.spi.statistics.Accumulator;
import lathe.spi.statistics.ActivationBatch;
import lathe.spi.statistics.StatisticKey;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/**
 * Squared deviations of each input channel from its mean over the same sequence, summed over all tokens: [in]. Divided by
 * the tokens it is the token-weighted mean of the variances inside the sequences; what sequences differ in between them
 * does not enter.
 */
final class WithinVariance implements Accumulator {
    static final StatisticKey KEY = new StatisticKey("within-sequence-deviations", WithinVariance::new);

    private final Scope scope;
    private final Tensor sum;

    WithinVariance(Site site, Scope scope) {
        this.scope = scope;
        this.sum = scope.zeros(site.inFeatures());
    }

    @Override
    public void add(ActivationBatch batch) {
        try (Scope temporary = scope.child()) {
            Tensor inputs = batch.inputs().in(temporary);
            Tensor deviations = inputs.subtract(inputs.mean(0)).square().sum(0);
            sum.assign(sum.in(temporary).add(deviations));
        }
    }

    @Override
    public Tensor result() {
        return sum;
    }
}
