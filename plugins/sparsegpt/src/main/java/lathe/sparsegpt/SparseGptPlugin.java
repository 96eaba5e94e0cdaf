package lathe.sparsegpt;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings SparseGPT. */
public final class SparseGptPlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.pruner("sparsegpt", SparseGptConfig.class, SparseGptPruner::new)
                .cites(
                        "arXiv:2301.00774",
                        "SparseGPT: Massive Language Models Can Be Accurately Pruned in One-Shot")
                .summary("Prunes column by column and spreads each column's error over the columns not yet visited."));
    }
}
