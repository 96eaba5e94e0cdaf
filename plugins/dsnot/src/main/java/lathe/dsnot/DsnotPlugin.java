package lathe.dsnot;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings the pruner {@code dsnot}. */
public final class DsnotPlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.pruner("dsnot", DsnotConfig.class, DsnotPruner::new)
                .cites(
                        "arXiv:2310.08915",
                        "Dynamic Sparse No Training: Training-Free Fine-tuning for Sparse LLMs")
                .summary("Swaps pruned and kept weights of another pruner's mask until the mean output is restored.")
                .example(
                        "pruned { prune = dsnot, of = dense, initialMethod = wanda, sparsity = 0.6, skipLayer = no-skip }"));
    }
}
