package lathe.spi.statistics;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

import lathe.spi.model.Site;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** The accumulators behind the standard keys. */
final class StandardAccumulators {
    private StandardAccumulators() {}

    static Accumulator squares(Site site, Scope scope) {
        return new ColumnSums(site, scope, Tensor::square);
    }

    static Accumulator sums(Site site, Scope scope) {
        return new ColumnSums(site, scope, UnaryOperator.identity());
    }

    static Accumulator magnitudes(Site site, Scope scope) {
        return new ColumnSums(site, scope, Tensor::abs);
    }

    static Accumulator gram(Site site, Scope scope) {
        return new Gram(site, scope);
    }

    static Accumulator inputs(Site site, Scope scope) {
        return new Inputs(scope);
    }

    private static final class ColumnSums implements Accumulator {
        private final Tensor sum;
        private final Scope scope;
        private final UnaryOperator<Tensor> of;

        ColumnSums(Site site, Scope scope, UnaryOperator<Tensor> of) {
            this.sum = scope.zeros(site.inFeatures());
            this.scope = scope;
            this.of = of;
        }

        @Override
        public void add(ActivationBatch batch) {
            try (Scope temporary = scope.child()) {
                Tensor values = of.apply(batch.inputs().in(temporary));
                Tensor weighted = batch.tokenWeights().map(values::scaleRows).orElse(values);
                sum.assign(sum.in(temporary).add(weighted.sum(0)));
            }
        }

        @Override
        public Tensor result() {
            return sum;
        }
    }

    private static final class Gram implements Accumulator {
        private final Tensor sum;
        private final Scope scope;

        Gram(Site site, Scope scope) {
            this.sum = scope.zeros(site.inFeatures(), site.inFeatures());
            this.scope = scope;
        }

        @Override
        public void add(ActivationBatch batch) {
            try (Scope temporary = scope.child()) {
                Tensor inputs = batch.inputs().in(temporary);
                // sum w x x^T is the Gram matrix of the rows scaled by sqrt(w).
                Tensor weighted = batch.tokenWeights().map(w -> inputs.scaleRows(w.in(temporary).sqrt()))
                        .orElse(inputs);
                sum.assign(sum.in(temporary).add(weighted.gram()));
            }
        }

        @Override
        public Tensor result() {
            return sum;
        }
    }

    private static final class Inputs implements Accumulator {
        private final Scope scope;
        private final List<Tensor> batches = new ArrayList<>();

        Inputs(Scope scope) {
            this.scope = scope;
        }

        @Override
        public void add(ActivationBatch batch) {
            batches.add(batch.inputs().in(scope).copy());
        }

        @Override
        public Tensor result() {
            int tokens = batches.stream().mapToInt(batch -> batch.size(0)).sum();
            Tensor all = scope.zeros(tokens, batches.isEmpty() ? 0 : batches.getFirst().size(1));
            int at = 0;
            for (Tensor batch : batches) {
                all.slice(0, at, at + batch.size(0)).assign(batch);
                at += batch.size(0);
            }
            return all;
        }
    }
}
