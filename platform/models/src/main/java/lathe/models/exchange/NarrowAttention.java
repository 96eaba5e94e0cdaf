package lathe.models.exchange;

import java.util.Optional;

import lathe.models.architecture.ArchitectureConfig;
import lathe.models.architecture.Attention;
import lathe.models.architecture.Block;
import lathe.models.transformer.ModelWeights;
import lathe.spi.LatheException;
import lathe.spi.model.Role;
import lathe.spi.model.Site;
import lathe.spi.operator.LinearOperator;

/**
 * Blocks with fewer heads than their config says. They can be filled up with heads of zeros, which add nothing, as long as
 * each query head keeps its key/value head and no norm runs over all heads together.
 */
final class NarrowAttention {
    private NarrowAttention() {}

    /** Refuses blocks that zeros would change. */
    static void requireFillable(ArchitectureConfig config, ModelWeights weights) {
        for (Block block : config.blocks()) {
            Attention attention = block.attention();
            if (attention.latent().isPresent()) {
                continue;
            }
            int heads = heads(weights, block.index(), Role.QUERY, attention.keyWidth());
            int kvHeads = heads(weights, block.index(), Role.KEY, attention.keyWidth());
            if (heads == attention.heads() && kvHeads == attention.kvHeads()) {
                continue;
            }
            if ((long) heads * attention.kvHeads() != (long) kvHeads * attention.heads()) {
                throw unfit(block, heads + " query heads over " + kvHeads + " key/value heads, where the config has "
                        + attention.heads() + " over " + attention.kvHeads()
                        + ": with heads of zeros a query would read other keys");
            }
            if (attention.qkNorm() == Attention.QkNorm.WHOLE) {
                throw unfit(block, heads + " heads under a norm over all of them, which heads of zeros would change");
            }
        }
    }

    private static int heads(ModelWeights weights, int block, Role role, int width) {
        Optional<LinearOperator> operator = weights.find(block, role, Site.NO_EXPERT);
        return operator.map(found -> found.outFeatures() / width).orElse(0);
    }

    private static LatheException unfit(Block block, String what) {
        return new LatheException("The model cannot be exported with blocks of one width: block " + block.index()
                + " has " + what + ". The layout lathe would do.");
    }
}
