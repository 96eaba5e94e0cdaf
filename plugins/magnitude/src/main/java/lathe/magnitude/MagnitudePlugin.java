package lathe.magnitude;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings the pruner {@code magnitude}. */
public final class MagnitudePlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.pruner("magnitude", MagnitudeConfig.class, MagnitudePruner::new)
                .cites("arXiv:1506.02626", "Learning both Weights and Connections for Efficient Neural Networks")
                .summary("Removes the weights with the smallest |W| of every matrix, row or n:m group.")
                .example("pruned { prune = magnitude, of = dense, sparsity = 0.5 }"));
    }
}
