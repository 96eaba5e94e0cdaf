package lathe.mcmoe;

import lathe.spi.statistics.Accumulator;
import lathe.spi.statistics.ActivationBatch;
import lathe.spi.tensor.Scope;
import lathe.spi.tensor.Tensor;

/** Keeps nothing of inputs that are not asked for. */
record NoInputs(Scope scope) implements Accumulator {
    @Override
    public void add(ActivationBatch batch) {
        // Nothing is kept.
    }

    @Override
    public Tensor result() {
        return scope.zeros(0, 0);
    }
}
