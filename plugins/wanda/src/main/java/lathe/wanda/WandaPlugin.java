package lathe.wanda;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings the pruner {@code wanda}. */
public final class WandaPlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.pruner("wanda", WandaConfig.class, WandaPruner::new)
                .cites("arXiv:2306.11695", "A Simple and Effective Pruning Approach for Large Language Models")
                .summary("Removes the weights with the smallest |W| * ||X|| of every output row.")
                .example("pruned { prune = wanda, of = dense, sparsity = 0.5, pattern = \"2:4\" }"));
    }
}
