package lathe.blocksparse;

import java.util.List;

import lathe.spi.Method;
import lathe.spi.Plugin;

/** Brings attention over given blocks. */
public final class BlockSparsePlugin implements Plugin {
    @Override
    public List<Method<?>> methods() {
        return List.of(Method.attention("block-sparse", BlockSparseConfig.class, BlockSparsePattern::new)
                .cites("arXiv:1904.10509", "Generating Long Sequences with Sparse Transformers")
                .summary("Computes the key blocks that a mask names for each query block.")
                .example(
                        "served { serve = dense, attention { use = block-sparse, block = 64, mask = [[\"1\", \"11\", \"101\"]] } }"));
    }
}
