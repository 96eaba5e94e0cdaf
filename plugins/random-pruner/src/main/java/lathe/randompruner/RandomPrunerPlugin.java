package lathe.randompruner;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings the pruner {@code random}. */
public final class RandomPrunerPlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.pruner("random", RandomPrunerConfig.class, RandomPruner::new)
                .summary("Removes weights at random: what every scored pruner must beat.")
                .example("pruned { prune = random, of = dense, sparsity = 0.5 }"));
    }
}
