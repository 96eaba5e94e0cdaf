package lathe.blocksparse;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

import lathe.spi.Refusal;
import lathe.spi.attention.AttentionPattern;
import lathe.spi.attention.AttentionPlan;
import lathe.spi.attention.AttentionScene;
import lathe.spi.model.ModelInfo;

/**
 * Attention over given blocks (arXiv 1904.10509 and many after it). The token-level causal mask holds inside the block on
 * the diagonal; a query block without any block gives zeros.
 */
final class BlockSparsePattern implements AttentionPattern {
    private final BlockSparseConfig config;

    BlockSparsePattern(BlockSparseConfig config) {
        this.config = config;
    }

    @Override
    public Optional<Refusal> refuses(ModelInfo model) {
        int heads = config.mask().size();
        boolean fits = heads == 1 || model.layers().stream().allMatch(layer -> layer.heads() == heads);
        return fits
                ? Optional.empty()
                : Optional.of(Refusal.because("The mask is given for " + heads + " heads, but " + model.name()
                        + " has another number; give one list of rows for all heads, or one for each."));
    }

    @Override
    public AttentionPlan plan(AttentionScene scene) {
        int queries = scene.queryPositions().length;
        int first = scene.keyCount(0) - queries;
        // Queries that do not start at a block's border are planned one by one.
        int together = first % config.block() == 0 ? config.block() : 1;
        return AttentionPlan.perHead(
                scene.layer().heads(), head -> tiles(config.rows(head), first, queries, together));
    }

    private AttentionPlan tiles(List<String> rows, int first, int queries, int together) {
        int groups = (queries + together - 1) / together;
        int[] starts = new int[groups + 1];
        IntStream.Builder ranges = IntStream.builder();
        for (int group = 0; group < groups; group++) {
            int queryBlock = (first + group * together) / config.block();
            int count = 0;
            for (int keyBlock = 0; keyBlock <= queryBlock; keyBlock++) {
                if (queryBlock >= rows.size() || reads(rows.get(queryBlock), keyBlock)) {
                    ranges.add(keyBlock * config.block());
                    count++;
                }
            }
            starts[group + 1] = starts[group] + count;
        }
        return AttentionPlan.Tiles.of(together, config.block(), starts, ranges.build().toArray());
    }

    private static boolean reads(String row, int keyBlock) {
        return keyBlock < row.length() && row.charAt(keyBlock) == '1';
    }
}
